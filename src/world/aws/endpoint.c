#include "world/aws/endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "world/aws/partition.h"

/*
 * The first row that fits counts. A flag is '-' for "not asked for", a letter
 * for "asked for", '*' for either. {region} is the region, {global} and {iam}
 * are those of the partition, {suffix} and {dual} its domains.
 */
struct rule {
	const char *service;
	const char *partition;	/* a pattern */
	char fips;		/* F */
	char dual;		/* D */
	char global;		/* G: asked for the one global endpoint */
	const char *host;
	const char *signing;	/* NULL: {region} */
};

static const struct rule rules[] = {
	{ "iam", "aws", '-', '-', '*', "iam.{suffix}", "{iam}" },
	{ "iam", "aws", '*', 'D', '*', "iam{fips}.global.{dual}", "{iam}" },
	{ "iam", "aws-cn", '-', 'D', '*', "iam.global.{dual}", "{iam}" },
	{ "iam", "aws-us-gov", '*', '-', '*', "iam.us-gov.{suffix}", "{iam}" },
	{ "iam", "aws-us-gov", '*', 'D', '*', "iam.us-gov.{dual}", "{iam}" },
	{ "iam", "aws-iso", 'F', '-', '*', "iam-fips.{iam}.{suffix}", "{iam}" },
	{ "iam", "aws-iso-b", 'F', '-', '*', "iam-fips.{iam}.{suffix}", "{iam}" },
	{ "iam", "*", '-', '-', '*', "iam.{iam}.{suffix}", "{iam}" },
	{ "iam", "*", 'F', '-', '*', "iam-fips.{suffix}", "{iam}" },
	{ "iam", "*", '*', 'D', '*', "iam{fips}.{dual}", "{iam}" },

	{ "organizations", "*", '-', '-', '*', "organizations.{global}.{suffix}", "{global}" },
	{ "organizations", "aws", 'F', '-', '*', "organizations-fips.{global}.{suffix}", "{global}" },
	{ "organizations", "aws-us-gov", 'F', '-', '*', "organizations.{global}.{suffix}", "{global}" },
	{ "account", "aws", '-', '-', '*', "account.{global}.{suffix}", "{global}" },
	{ "account", "aws", '*', '-', '*', "account{fips}.{region}.{suffix}", "{global}" },
	{ "account", "aws", '*', 'D', '*', "account{fips}.{region}.{dual}", "{global}" },
	{ "account", "aws-cn", '-', '-', '*', "account.{global}.{suffix}", "{global}" },
	{ "account", "aws-cn", '*', '-', '*', "account{fips}.{region}.{suffix}", "{global}" },
	{ "account", "aws-cn", '*', 'D', '*', "account{fips}.{region}.{dual}", "{global}" },
	{ "health", "aws-eusc", '*', '*', '*', "health{fips}.{region}.{dual}", NULL },
	{ "health", "*", '-', '-', 'G', "global.health.{suffix}", "{global}" },

	{ "sts", "aws", '-', '-', 'G', "sts.{suffix}", "{global}" },
	{ "s3", "aws", '-', '-', 'G', "s3.{suffix}", "{global}" },
	{ "s3", "aws-cn", 'F', '*', '*', NULL, NULL },
	{ "s3", "*", '*', 'D', '*', "s3{fips}.dualstack.{region}.{suffix}", NULL },

	/* The ordinary hosts of these in the US Government partition are FIPS already. */
	{ "cloudtrail", "aws-us-gov", 'F', '-', '*', "cloudtrail.{region}.{suffix}", NULL },
	{ "ec2", "aws-us-gov", 'F', '-', '*', "ec2.{region}.{suffix}", NULL },
	{ "service-quotas", "aws-us-gov", 'F', '-', '*', "servicequotas.{region}.{suffix}", NULL },
	{ "sns", "aws-us-gov", 'F', '-', '*', "sns.{region}.{suffix}", NULL },
	{ "sqs", "aws-us-gov", 'F', '-', '*', "sqs.{region}.{suffix}", NULL },
	{ "sts", "aws-us-gov", 'F', '-', '*', "sts.{region}.{suffix}", NULL },

	{ "*", "*", '*', '-', '*', "{service}{fips}.{region}.{suffix}", NULL },
	{ "*", "*", '*', 'D', '*', "{service}{fips}.{region}.{dual}", NULL },
};

/* Services whose hosts have another name. */
static const struct {
	const char *service, *host;
} host_names[] = { { "ses", "email" }, { "sesv2", "email" }, { "service-quotas", "servicequotas" },
	{ "cloudwatch", "monitoring" } };

/* Regions where "legacy" STS still means the one global endpoint (AWS SDK reference, "STS regional endpoints"). */
static const char legacy_sts[] = "ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 aws-global "
    "ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 "
    "us-west-1 us-west-2";

static bool
among(const char *words, const char *word)
{
	struct strlist list = STRLIST_INIT;
	bool there;

	strlist_split(&list, words, " ");
	there = strlist_has(&list, word);
	strlist_clear(&list);
	return there;
}

/* --- what people set ------------------------------------------------------------ */

/* The name of a service in variables: AWS_ENDPOINT_URL_CLOUDTRAIL. The caller frees. */
static char *
variable_of(const char *service)
{
	char *name = mem_printf("AWS_ENDPOINT_URL_%s", service);

	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}

static char *
custom_endpoint(const struct shared *s, const char *profile, const char *service)
{
	char *variable = variable_of(service), *section;
	const char *url = str_or(getenv(variable), str_or(getenv("AWS_ENDPOINT_URL"), NULL));
	char *v;

	free(variable);
	if (shared_true(s, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
		return NULL;
	if (url != NULL)
		return mem_strdup(url);
	section = mem_strdup(service);
	for (char *c = section; *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c;
	v = shared_service_value(s, profile, section, "endpoint_url");
	free(section);
	return v != NULL ? v : shared_value(s, profile, "endpoint_url");
}

void
endpoint_want(struct endpoint_want *w, const struct shared *s, const char *profile)
{
	char *sts = shared_setting(s, profile, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");

	w->fips = shared_true(s, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	w->dual_stack = shared_true(s, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
	w->global = str_eq(w->service, "sts") && str_eq_nocase(sts, "legacy");
	w->custom = custom_endpoint(s, profile, w->service);
	free(sts);
}

void
endpoint_want_clear(struct endpoint_want *w)
{
	free(w->custom);
	w->custom = NULL;
}

/* --- the rules -------------------------------------------------------------------- */

static bool
region_valid(const char *region)
{
	size_t len = strlen(region);

	return len > 0 && len < 64 && strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool
flag_fits(char rule, bool asked)
{
	return rule == '*' || (rule != '-') == asked;
}

static bool
wants_global(const struct endpoint_want *w)
{
	if (region_is_global(w->region))
		return true;
	if (str_eq(w->service, "sts"))
		return w->global && among(legacy_sts, w->region);
	return w->global && str_eq(w->region, "us-east-1");
}

static const struct rule *
rule_for(const struct endpoint_want *w, const struct partition *p)
{
	bool global = wants_global(w);

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (str_match(rules[i].service, w->service) && str_match(rules[i].partition, p->id) &&
		    flag_fits(rules[i].fips, w->fips) && flag_fits(rules[i].dual, w->dual_stack) &&
		    flag_fits(rules[i].global, global))
			return &rules[i];
	return NULL;
}

static const char *
host_name(const char *service)
{
	for (size_t i = 0; i < ARRAY_LEN(host_names); i++)
		if (str_eq(host_names[i].service, service))
			return host_names[i].host;
	return service;
}

static char *
fill(const char *pattern, const struct endpoint_want *w, const struct partition *p)
{
	const struct {
		const char *name, *value;
	} word[] = { { "{service}", host_name(w->service) }, { "{fips}", w->fips ? "-fips" : "" },
		{ "{region}", region_is_global(w->region) ? p->global : w->region }, { "{global}", p->global },
		{ "{iam}", p->iam }, { "{suffix}", p->suffix }, { "{dual}", p->dual_suffix } };
	struct buf out = BUF_INIT(BUF_LINE);

	while (*pattern != '\0') {
		size_t i = 0;

		while (i < ARRAY_LEN(word) && !str_starts(pattern, word[i].name))
			i++;
		if (i < ARRAY_LEN(word)) {
			buf_puts(&out, word[i].value);
			pattern += strlen(word[i].name);
		} else {
			buf_putc(&out, *pattern++);
		}
	}
	return buf_take(&out);
}

static bool
resolve_custom(const struct endpoint_want *w, struct endpoint *out, struct error *err)
{
	size_t len = strlen(w->custom);

	if (w->fips || w->dual_stack)
		return error_set(err, ERROR_INPUT, "%s: a custom endpoint (%.200s) cannot be combined with %s endpoints",
		    w->service, w->custom, w->fips ? "FIPS" : "dual-stack");
	if (!str_starts(w->custom, "https://") && !str_starts(w->custom, "http://"))
		return error_set(err, ERROR_INPUT, "%s: the endpoint \"%.200s\" is no http:// or https:// address",
		    w->service, w->custom);
	out->url = mem_strdup(w->custom);
	while (len > 0 && out->url[len - 1] == '/')
		out->url[--len] = '\0';
	out->custom = true;
	return true;
}

bool
endpoint_resolve(const struct endpoint_want *w, struct endpoint *out, struct error *err)
{
	const struct partition *p;
	const struct rule *r;
	char *host;

	*out = (struct endpoint){ .url = NULL };
	if (w->custom != NULL && str_empty(w->region)) {
		out->signing_region = mem_strdup("us-east-1");
		return resolve_custom(w, out, err);
	}
	if (str_empty(w->region) || !region_valid(w->region))
		return error_set(err, ERROR_INPUT, "%s: \"%.60s\" is no region", w->service, str_or(w->region, ""));
	p = partition_of(w->region);
	r = rule_for(w, p);
	if (r == NULL || r->host == NULL)
		return error_set(err, ERROR_INPUT, "%s has no FIPS endpoint in the partition %s", w->service, p->id);
	out->signing_region = fill(str_or(r->signing, "{region}"), w, p);
	if (w->custom != NULL)
		return resolve_custom(w, out, err);
	host = fill(r->host, w, p);
	out->url = mem_printf("https://%s", host);
	free(host);
	return true;
}

void
endpoint_clear(struct endpoint *e)
{
	free(e->url);
	free(e->signing_region);
	*e = (struct endpoint){ .url = NULL };
}
