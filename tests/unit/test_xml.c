/* links: all. Answers of a service are read without trust. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "unit.h"
#include "world/aws/xml.h"

static void
good_and_hostile(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *path;
		const char *want;	/* NULL: nothing there; "!": refused */
	} row[] = {
		{ "plain", "<R><A><B>x</B></A></R>", "A/B", "x" },
		{ "namespace", "<R xmlns=\"https://iam\"><A>x</A></R>", "A", "x" },
		{ "first of several", "<R><A><m>1</m><m>2</m></A></R>", "A/m", "1" },
		{ "entities", "<R><A>&lt;&amp;&#65;</A></R>", "A", "<&A" },
		{ "CDATA", "<R><A><![CDATA[<B>no</B>]]></A></R>", "A", "<B>no</B>" },
		{ "comment inside", "<R><A>x<!-- <A>y</A> -->z</A></R>", "A", "xz" },
		{ "a name's beginning is not the name", "<R><Active>x</Active></R>", "A", NULL },
		{ "deeper ones are not taken", "<R><X><A>x</A></X></R>", "A", NULL },
		{ "empty", "<R><A/></R>", "A", "" },
		{ "nothing", "", "A", "!" },
		{ "not closed", "<R><A>x</A>", "A", "!" },
		{ "two roots", "<R/><R/>", "A", "!" },
		{ "HTML", "<html><body>Bad gateway<br></body></html>", "A", "!" },
		{ "billion laughs", "<!DOCTYPE R [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><R><A>&b;</A></R>", "A", "!" },
		{ "foreign entity", "<!DOCTYPE R [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><R><A>&x;</A></R>", "A", "!" },
		{ "bad bytes", "<R><A>\xff\xfe</A></R>", "A", "!" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct error err = ERROR_INIT;
		struct xml *x = xml_parse(row[i].text, strlen(row[i].text), "Op", &err);

		if (row[i].want != NULL && strcmp(row[i].want, "!") == 0) {
			CHECK(row[i].name, x == NULL);
			CHECK(row[i].name, strncmp(err.text, "Op: ", 4) == 0);
		} else {
			CHECK(row[i].name, x != NULL);
			CHECK_STR(row[i].name, xml_text(x, row[i].path), row[i].want);
		}
		xml_free(x);
	}
}

static void
depth_is_bounded(void **state)
{
	struct buf b = BUF_INIT(BUF_LINE);

	(void)state;
	for (int i = 0; i <= XML_DEPTH_MAX; i++)
		buf_puts(&b, "<a>");
	assert_null(xml_parse(buf_str(&b), b.len, "deep", NULL));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_and_hostile),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
