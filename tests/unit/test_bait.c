#include <stdlib.h>

#include "unit.h"

#include "base/mem.h"
#include "core/bait/commit.h"
#include "core/bait/insert.h"
#include "core/bait/lint.h"

#define HEAD "about: x\nnew: a\n"

static void
parse(struct bait *b, const char *text)
{
	struct error err = ERROR_INIT;

	if (!bait_parse(b, text, "canary/bait/t.bait", &err))
		fail_msg("%s", err.text);
}

static const struct bait_field fields[] = { { "key_id", "AKIAYT723HMDSAE2OSWV", true },
	{ "secret", "a+/=?", true }, { "project", "Big Shop-2", false } };

static void
sections_are_filled_in(void **state)
{
	static const struct {
		const char *name, *text, *want, *spans;
	} row[] = {
		{ "a field", "k={{key_id}}\n", "k=AKIAYT723HMDSAE2OSWV\n", "key_id|@2+20" },
		{ "filters", "{{project|snake}} {{project|upper_snake}} {{project|kebab}} {{project|camel}} "
		  "{{project|title}} {{project|upper}}", "big_shop_2 BIG_SHOP_2 big-shop-2 bigShop2 Big Shop 2 BIG SHOP-2", "" },
		{ "encoded", "{{secret|base64}} {{secret|url}}", "YSsvPT8= a%2B%2F%3D%3F", "secret|base64@0+8 secret|url@9+13" },
		{ "the file's own braces", "{{ jinja }} ${{ secrets.X }} {{- go }}", "{{ jinja }} ${{ secrets.X }} {{- go }}", "" },
		{ "one of one", "{{pick @project}} {{number 7 7}}", "Big Shop-2 7", "" },
		{ "a let", "{{both}}", "Big Shop-2!", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const struct bait_context ctx = { fields, ARRAY_LEN(fields), 1 };
		struct bait_text out = BAIT_TEXT_INIT, again = BAIT_TEXT_INIT;
		struct error err = ERROR_INIT;
		struct bait b;
		char *text = mem_printf(HEAD "let both: {{project}}!\n---\n== file\n%s", row[i].text), *spans;

		parse(&b, text);
		CHECK(row[i].name, bait_render(&b, "file", &ctx, &out, &err));
		CHECK_STR(row[i].name, buf_str(&out.text), row[i].want);
		spans = bait_spans_text(&out);
		CHECK_STR(row[i].name, spans, row[i].spans);
		CHECK(row[i].name, bait_spans_parse(&again, spans) && again.spans == out.spans);
		free(spans);
		free(text);
		bait_text_clear(&out);
		bait_text_clear(&again);
		bait_clear(&b);
	}
}

static void
draws_follow_from_the_seed(void **state)
{
	struct bait b;
	char *seen[20];
	size_t kinds = 0;

	(void)state;
	parse(&b, HEAD "---\n== file\n{{pick a|b|c|d}}{{hex 8}}{{alnum 8}}{{number 100 999}}\n{{?}}maybe\n");
	for (uint64_t seed = 0; seed < 20; seed++) {
		const struct bait_context ctx = { fields, ARRAY_LEN(fields), seed };
		struct bait_text one = BAIT_TEXT_INIT, two = BAIT_TEXT_INIT;

		assert_true(bait_render(&b, "file", &ctx, &one, NULL) && bait_render(&b, "file", &ctx, &two, NULL));
		assert_string_equal(buf_str(&one.text), buf_str(&two.text));
		seen[seed] = mem_strdup(buf_str(&one.text));
		bait_text_clear(&one);
		bait_text_clear(&two);
	}
	for (size_t i = 0; i < 20; i++) {
		bool new_one = true;

		for (size_t k = 0; k < i; k++)
			new_one = new_one && strcmp(seen[i], seen[k]) != 0;
		kinds += new_one;
	}
	assert_int_equal(kinds, 20);
	for (size_t i = 0; i < 20; i++)
		free(seen[i]);
	bait_clear(&b);
}

static void
blocks_are_put_into_files(void **state)
{
	static const struct {
		const char *name, *rule, *old, *want;	/* NULL: finds no place */
		int from, to;
	} row[] = {
		{ "append", "append", "a\n", "a\n\nk:\n  v\n", 3, 4 },
		{ "to an empty file", "append", "", "k:\n  v\n", 1, 2 },
		{ "no newline at the end", "append", "a", "a\n\nk:\n  v", 3, 4 },
		{ "an empty line is there", "append", "a\n\n", "a\n\nk:\n  v\n", 3, 4 },
		{ "carriage returns", "append", "a\r\nb", "a\r\nb\r\n\r\nk:\r\n  v", 4, 5 },
		{ "four spaces", "append", "x:\n    y: 1\n", "x:\n    y: 1\n\nk:\n    v\n", 4, 5 },
		{ "tabs", "append", "x {\n\ty\n}\n", "x {\n\ty\n}\n\nk:\n\tv\n", 5, 6 },
		{ "after the last", "after /^i/", "i1\ni2\nz\n", "i1\ni2\nk:\n  v\nz\n", 3, 4 },
		{ "before the first", "before /^z/", "a\nz\nz\n", "a\nk:\n  v\nz\nz\n", 2, 3 },
		{ "inside", "inside /env/", "p {\n    env {\n        A=1\n    }\n}\n",
		  "p {\n    env {\n        k:\n            v\n        A=1\n    }\n}\n", 3, 4 },
		{ "behind the last line", "after /^b/", "a\nb", "a\nb\nk:\n  v", 3, 4 },
		{ "yaml", "yaml s", "s:\n  a: 1\n  b:\n    c: 2\nt: 3\n", "s:\n  a: 1\n  b:\n    c: 2\n  k:\n    v\nt: 3\n", 5, 6 },
		{ "yaml with empty lines", "yaml s", "s:\n  a: 1\n\n  b: 2\n\nt: 3\n", "s:\n  a: 1\n\n  b: 2\n\n  k:\n    v\n\nt: 3\n", 6, 7 },
		{ "yaml at the end", "yaml s", "s:\n  a: 1", "s:\n  a: 1\n  k:\n    v", 3, 4 },
		{ "no such key", "yaml s", "t:\n  a: 1\n", NULL, 0, 0 },
		{ "a key with a value", "yaml s", "s: 1\nt:\n  a: 1\n", NULL, 0, 0 },
		{ "no match", "after /^x/", "a\n", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct bait_text block = BAIT_TEXT_INIT;
		struct bait_edit e = BAIT_EDIT_INIT;
		struct bait b;
		char *text = mem_printf(HEAD "insert: %s b\n---\n== b\nk:\n  v\n== file\nx\n", row[i].rule);
		bool fits;

		parse(&b, text);
		assert_true(bait_render(&b, "b", &(struct bait_context){ fields, 1, 1 }, &block, NULL));
		fits = insert_into(&b, &b.rule[0], &block, NULL, row[i].old, strlen(row[i].old), &e);
		CHECK(row[i].name, fits == (row[i].want != NULL));
		if (fits) {
			struct buf lines = BUF_INIT(1000);

			CHECK_STR(row[i].name, buf_str(&e.text), row[i].want);
			CHECK(row[i].name, e.line_from == row[i].from && e.line_to == row[i].to);
			insert_lines(e.text.ptr, e.text.len, e.line_from, e.line_to, &lines);
			CHECK_STR(row[i].name, buf_str(&lines), buf_str(&e.planted.text));
			buf_free(&lines);
		}
		free(text);
		bait_text_clear(&block);
		bait_edit_clear(&e);
		bait_clear(&b);
	}
}

static void
empty_lines_at_the_end_are_no_part(void **state)
{
	struct bait_text block = BAIT_TEXT_INIT;
	struct bait_edit e = BAIT_EDIT_INIT;
	struct buf lines = BUF_INIT(1000);
	struct bait b;

	(void)state;
	parse(&b, HEAD "---\n== file\n\nk={{key_id}}\n\n\n");
	assert_true(bait_render(&b, "file", &(struct bait_context){ fields, 1, 1 }, &block, NULL));
	insert_new(&b, &block, NULL, &e);
	assert_string_equal(buf_str(&e.text), "\nk=AKIAYT723HMDSAE2OSWV\n");
	insert_lines(e.text.ptr, e.text.len, e.line_from, e.line_to, &lines);
	assert_string_equal(buf_str(&lines), buf_str(&e.planted.text));
	buf_free(&lines);
	bait_text_clear(&block);
	bait_edit_clear(&e);
	bait_clear(&b);
}

static void
diffs_show_one_change(void **state)
{
	static const struct {
		const char *name, *old, *new_text, *want;
	} row[] = {
		{ "new file", NULL, "a\n", "--- /dev/null\n+++ b/p\n@@ -0,0 +1,1 @@\n+a\n" },
		{ "in the middle", "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n5\n6\n7\n8\n",
		  "--- a/p\n+++ b/p\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7\n" },
		{ "no newline", "a", "a\nb", "--- a/p\n+++ b/p\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n"
		  "+a\n+b\n\\ No newline at end of file\n" },
		{ "replaced", "a\nb\nc\n", "a\nB\nc\n", "--- a/p\n+++ b/p\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n" },
		{ "doubled", "a\na\n", "a\na\na\n", "--- a/p\n+++ b/p\n@@ -1,2 +1,3 @@\n a\n a\n+a\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf out = BUF_INIT(4096);

		insert_diff(&out, "p", row[i].old, row[i].old != NULL ? strlen(row[i].old) : 0, row[i].new_text,
		    strlen(row[i].new_text));
		CHECK_STR(row[i].name, buf_str(&out), row[i].want);
		buf_free(&out);
	}
}

static void
messages_are_in_style(void **state)
{
	static const struct {
		const char *subjects, *want;
	} row[] = {
		{ "", "Add keys" },
		{ "feat: a|fix(x)!: b|Merge it", "chore: add keys" },
		{ "Add a|Fix b|chore: c", "Add keys" },
		{ "add a|fix b|Do c", "add keys" },
		{ "Add a.|Fix b.", "Add keys." },
		{ "note: this is no type|warning: nor this", "add keys" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct strlist l = STRLIST_INIT;
		char *got;

		strlist_split(&l, row[i].subjects, "|");
		got = commit_message("add keys", &l);
		CHECK_STR(row[i].subjects, got, row[i].want);
		free(got);
		strlist_clear(&l);
	}
}

static void
owners_are_found(void **state)
{
	static const char file[] = "# who\n* @all\n*.tf @infra @ops\n/deploy/ @deploy\ndocs/*.md @docs\n/build/logs/none\n";
	static const struct {
		const char *path, *want;
	} row[] = {
		{ "README.md", "@all" }, { "a/b/main.tf", "@infra @ops" }, { "deploy/x/y", "@deploy" },
		{ "src/deploy/x", "@all" }, { "docs/a.md", "@docs" }, { "docs/b/a.md", "@all" },
		{ "build/logs/none", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *got = codeowners_of(file, row[i].path);

		CHECK_STR(row[i].path, got, row[i].want);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_filled_in),
		cmocka_unit_test(draws_follow_from_the_seed),
		cmocka_unit_test(blocks_are_put_into_files),
		cmocka_unit_test(empty_lines_at_the_end_are_no_part),
		cmocka_unit_test(diffs_show_one_change),
		cmocka_unit_test(messages_are_in_style),
		cmocka_unit_test(owners_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
