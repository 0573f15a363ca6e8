#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "world/aws/client.h"
#include "world/aws/credentials.h"

static const struct {
	const char *partition;
	const char *suffix;
	const char *iam;	/* host of the global service */
} partitions[] = {
	{ "aws", "amazonaws.com", "iam.amazonaws.com" },
	{ "aws-cn", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn" },
	{ "aws-us-gov", "amazonaws.com", "iam.us-gov.amazonaws.com" },
};

/* AWS_ENDPOINT_URL_CLOUDTRAIL, AWS_ENDPOINT_URL, the profile's endpoint_url; NULL: none of them. */
static char *
configured(const char *service, const char *profile)
{
	char *variable, *url;
	const char *value;

	if (str_eq_nocase(getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true"))
		return NULL;
	variable = mem_printf("AWS_ENDPOINT_URL_%s", service);
	for (char *c = variable; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	value = getenv(variable);
	free(variable);
	if (str_empty(value))
		value = getenv("AWS_ENDPOINT_URL");
	if (str_empty(value)) {
		url = aws_profile_value(profile, "endpoint_url");
		return url;
	}
	url = mem_strdup(value);
	return url;
}

char *
aws_endpoint(const char *service, const char *region, const char *partition, const char *profile)
{
	char *url = configured(service, profile);
	bool fips = str_eq_nocase(getenv("AWS_USE_FIPS_ENDPOINT"), "true");
	size_t p = 0;

	if (url != NULL) {
		size_t len = strlen(url);

		while (len > 0 && url[len - 1] == '/')
			url[--len] = '\0';
		return url;
	}
	while (p + 1 < ARRAY_LEN(partitions) && !str_eq(partitions[p].partition, partition))
		p++;
	if (!str_eq(partitions[p].partition, partition))
		p = 0;
	if (str_eq(service, "iam"))
		return fips && p == 0 ? mem_strdup("https://iam-fips.amazonaws.com") :
		    mem_printf("https://%s", partitions[p].iam);
	/* CloudTrail's ordinary hosts in the US Government partition are FIPS already. */
	if (fips && !(p == 2 && str_eq(service, "cloudtrail")))
		return mem_printf("https://%s-fips.%s.%s", service, region, partitions[p].suffix);
	return mem_printf("https://%s.%s.%s", service, region, partitions[p].suffix);
}

void
form_add(struct buf *form, const char *name, const char *value)
{
	buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
	escape_percent(form, value, strlen(value), "");
}

/* The five entities of XML 1.0 and numeric ones below 128. */
static void
unescape_xml(char *s)
{
	static const struct {
		const char *name;
		char c;
	} entity[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
		{ "&#39;", '\'' }, { "&amp;", '&' } };
	char *to = s;

	while (*s != '\0') {
		size_t i = 0;

		while (i < ARRAY_LEN(entity) && !str_starts(s, entity[i].name))
			i++;
		*to++ = i < ARRAY_LEN(entity) ? entity[i].c : *s;
		s += i < ARRAY_LEN(entity) ? strlen(entity[i].name) : 1;
	}
	*to = '\0';
}

char *
xml_value(const char *xml, const char *tag, size_t *from)
{
	char *open = mem_printf("<%s>", tag), *close = mem_printf("</%s>", tag), *value = NULL;
	const char *at = strstr(xml + *from, open), *end = at != NULL ? strstr(at, close) : NULL;

	if (end != NULL) {
		at += strlen(open);
		value = mem_strndup(at, (size_t)(end - at));
		unescape_xml(value);
		*from = (size_t)(end - xml) + strlen(close);
	}
	free(open);
	free(close);
	return value;
}
