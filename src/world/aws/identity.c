#include "world/aws/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "world/aws/partition.h"

enum { PAGES_MAX = 100 };

static bool
form_call(struct aws_client *c, const char *service, const char *action, const char *version,
    const char *name, const char *value, struct buf *out, struct error *err)
{
	struct buf form = BUF_INIT(BUF_LINE);
	bool ok;

	form_add(&form, "Action", action);
	form_add(&form, "Version", version);
	if (name != NULL)
		form_add(&form, name, value);
	ok = aws_call(c, &(struct aws_call){ .service = service, .body = buf_str(&form) }, out, err);
	buf_free(&form);
	return ok;
}

bool
aws_identity(struct aws_client *c, char **account, char **arn, struct error *err)
{
	struct buf out = BUF_INIT(BUF_RECORD);
	size_t a = 0, b = 0;
	bool ok = form_call(c, "sts", "GetCallerIdentity", "2011-06-15", NULL, NULL, &out, err);

	*account = ok ? xml_value(buf_str(&out), "Account", &a) : NULL;
	*arn = ok ? xml_value(buf_str(&out), "Arn", &b) : NULL;
	if (ok && (*account == NULL || *arn == NULL)) {
		free(*account);
		free(*arn);
		*account = *arn = NULL;
		ok = error_set(err, ERROR_REMOTE, "the answer of GetCallerIdentity names nobody");
	}
	buf_free(&out);
	return ok;
}

static bool
list_regions(struct aws_client *c, struct strlist *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	char *token = NULL;
	int pages = 0;
	bool ok;

	do {
		struct buf body = BUF_INIT(BUF_LINE);
		struct jsonw w = JSONW_INIT(&body, 0);
		const cJSON *one;
		cJSON *doc;

		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "MaxResults", 50);
		if (token != NULL)
			jsonw_str(&w, "NextToken", token);
		jsonw_close(&w);
		buf_reset(&text);
		ok = aws_call(c, &(struct aws_call){ .service = "account", .path = "/listRegions",
			.type = "application/json", .body = buf_str(&body) }, &text, err);
		buf_free(&body);
		free(token);
		token = NULL;
		doc = ok ? json_parse(buf_str(&text), text.len, "ListRegions", err) : NULL;
		cJSON_ArrayForEach(one, json_get(doc, "Regions"))
			if (str_starts(json_string(one, "RegionOptStatus"), "ENABLED") &&
			    json_string(one, "RegionName") != NULL)
				strlist_add(out, json_string(one, "RegionName"));
		token = mem_strdup(json_string(doc, "NextToken"));
		cJSON_Delete(doc);
	} while (ok && token != NULL && ++pages < PAGES_MAX);
	free(token);
	buf_free(&text);
	return ok && out->len > 0;
}

static bool
describe_regions(struct aws_client *c, struct strlist *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	bool ok = form_call(c, "ec2", "DescribeRegions", "2016-11-15", NULL, NULL, &text, err);
	size_t at = 0;
	char *name;

	while (ok && (name = xml_value(buf_str(&text), "regionName", &at)) != NULL)
		strlist_take(out, name);
	buf_free(&text);
	return ok && out->len > 0;
}

bool
aws_regions(struct aws_client *c, const char *partition, struct strlist *out, bool *known,
    struct error *err)
{
	*known = false;
	if (!aws_client_ready(c, err))
		return false;
	if (list_regions(c, out, err))
		return true;
	strlist_clear(out);
	if (describe_regions(c, out, err))
		return true;
	strlist_clear(out);
	*known = true;
	if (partition_named(partition) != NULL)
		strlist_split(out, partition_named(partition)->regions, " ");
	return true;
}
