/* What the doctor asks about an account: who we are there, and where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "work/doctor_int.h"
#include "world/aws/identity.h"
#include "world/aws/partition.h"

enum { CLOCK_WARN_MS = 60000, CLOCK_FAIL_MS = 240000 };

void
check_credentials(struct doctor *d, struct patient *p)
{
	struct error err = ERROR_INIT;

	if (!aws_client_ready(p->client, &err)) {
		doctor_say(d, DIAGNOSIS_FAIL, NULL, err.kind == ERROR_REFUSED ? "give the monitor a user or role of its own" :
		    "set AWS_PROFILE, or name a profile in the configuration (accounts, profile)", "%s", err.text);
		doctor_fact(d, "error", error_kind_name(err.kind));
		return;
	}
	p->ready = true;
	doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%s from %s", aws_client_key_id(p->client), aws_client_origin(p->client));
	doctor_fact(d, "key_id", aws_client_key_id(p->client));
	doctor_fact(d, "origin", aws_client_origin(p->client));
	doctor_fact(d, "home_region", aws_client_home(p->client));
}

static const char *
remedy_for(const struct error *err)
{
	return err->kind == ERROR_CREDENTIALS ? "make a new key for the monitor's user, or sign in again" :
	    err->kind == ERROR_NETWORK ? "look at the network, proxies (https_proxy, no_proxy) and AWS_CA_BUNDLE" :
	    err->kind == ERROR_CLOCK ? "set the clock (timedatectl set-ntp true)" : NULL;
}

/* Keys of one partition are unknown in all others. */
static bool
other_partition(const struct doctor *d, const struct error *err)
{
	const char *region = str_or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"));

	return err->kind == ERROR_CREDENTIALS && !str_empty(region) &&
	    !str_eq(partition_of(region)->id, d->o->settings->partition);
}

void
check_identity(struct doctor *d, struct patient *p)
{
	struct error err = ERROR_INIT;

	if (!p->ready) {
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "not looked at: there are no credentials");
		return;
	}
	if (!aws_identity(p->client, &p->number, &p->arn, &err)) {
		p->ready = false;
		doctor_say(d, DIAGNOSIS_FAIL, "sts:GetCallerIdentity", other_partition(d, &err) ? "name the partition in the "
		    "configuration (watch, partition)" : remedy_for(&err), "%s", err.text);
		doctor_fact(d, "error", error_kind_name(err.kind));
		return;
	}
	if (str_ends(p->arn, ":root"))
		doctor_say(d, DIAGNOSIS_WARN, NULL, "use a user or role that has the policy of \"keycanary doctor --policy\" and "
		    "nothing else", "%s: the account's root user may do everything", p->arn);
	else
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%s in account %s", p->arn, p->number);
	doctor_fact(d, "account", p->number);
	doctor_fact(d, "arn", p->arn);
}

void
check_clock(struct doctor *d, struct patient *p)
{
	int64_t skew = aws_client_skew_ms(p->client), size = llabs(skew);
	char span[WHEN_TEXT_MAX], number[32];

	(void)span_text(size / 1000, span);
	(void)snprintf(number, sizeof(number), "%lld", (long long)(skew / 1000));
	if (size < CLOCK_WARN_MS)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "within %s of AWS", size < 2000 ? "2 s" : span);
	else
		doctor_say(d, size < CLOCK_FAIL_MS ? DIAGNOSIS_WARN : DIAGNOSIS_FAIL, NULL, "set the clock (timedatectl "
		    "set-ntp true)", "this machine's clock is %s %s; signatures are corrected by it, times in reports are "
		    "not", span, skew > 0 ? "late" : "early");
	doctor_fact(d, "skew_s", number);
}

/* --- regions --------------------------------------------------------------------- */

static void
say_unlisted(struct doctor *d, const struct strlist *listed, const struct strlist *enabled, bool known)
{
	for (size_t i = 0; !known && i < listed->len; i++)
		if (!strlist_has(enabled, listed->item[i]))
			doctor_say(d, DIAGNOSIS_FAIL, listed->item[i], "opt in to the region, or take it out of the list",
			    "listed in the configuration, but not enabled in the account");
	for (size_t i = 0; !known && i < enabled->len; i++)
		if (!strlist_has(listed, enabled->item[i]))
			doctor_say(d, DIAGNOSIS_WARN, enabled->item[i], "leave the list out of the configuration: then all regions "
			    "are read", "enabled in the account, but not listed: a use of a canary there is not seen");
}

/* Which regions are to be read; says what is odd about them. */
static bool
find_regions(struct doctor *d, struct patient *p, bool *known)
{
	const struct settings *s = d->o->settings;
	const struct strlist *listed = p->settings != NULL && p->settings->regions.len > 0 ?
	    &p->settings->regions : &s->regions;
	struct strlist enabled = STRLIST_INIT;
	struct error err = ERROR_INIT;

	if (!aws_regions(p->client, s->partition, &enabled, known, &err)) {
		doctor_say(d, DIAGNOSIS_FAIL, NULL, NULL, "%s", err.text);
		strlist_clear(&enabled);
		return false;
	}
	if (*known)
		doctor_say(d, DIAGNOSIS_WARN, NULL, "allow account:ListRegions or ec2:DescribeRegions", "regions cannot be "
		    "listed; all %zu that this program knows are tried", enabled.len);
	if (listed->len > 0)
		say_unlisted(d, listed, &enabled, *known);
	strlist_copy(&p->regions, listed->len > 0 ? listed : &enabled);
	strlist_clear(&enabled);
	return true;
}

/* A region that is not opted in answers as if the key did not exist. */
static bool
looks_closed(const struct question *q)
{
	return str_eq(q->code, "UnrecognizedClientException") || str_eq(q->code, "InvalidClientTokenId") ||
	    str_eq(q->code, "OptInRequired");
}

static void
say_region(struct doctor *d, const char *region, const struct question *q, bool known)
{
	if (looks_closed(q))
		doctor_say(d, known ? DIAGNOSIS_OK : DIAGNOSIS_FAIL, region, NULL, known ? "not opted in" : "not opted in, or the key "
		    "is refused there: %s", q->err.text);
	else if (q->err.kind == ERROR_THROTTLED)
		doctor_say(d, DIAGNOSIS_WARN, region, "other tools use up the 2 calls a second of the region", "%s", q->err.text);
	else
		doctor_say(d, DIAGNOSIS_FAIL, region, q->err.kind == ERROR_DENIED ? "a policy of the organization may forbid the "
		    "region; leave it out by listing regions, if nobody can use it either" : NULL, "%s", q->err.text);
}

void
check_regions(struct doctor *d, struct patient *p)
{
	struct question *q;
	size_t good = 0;
	bool known = false;

	if (!find_regions(d, p, &known))
		return;
	q = mem_zalloc(p->regions.len + 1, sizeof(*q));
	for (size_t i = 0; i < p->regions.len; i++)
		q[i].call = (struct aws_call){ .service = "cloudtrail", .region = p->regions.item[i],
			.target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
			.body = "{\"MaxResults\":1}", .answer_max = BUF_RECORD };
	doctor_ask(d, p, q, p->regions.len);
	for (size_t i = 0; i < p->regions.len; i++) {
		good += q[i].ok;
		if (!q[i].ok)
			say_region(d, p->regions.item[i], &q[i], known);
		question_clear(&q[i]);
	}
	doctor_say(d, good > 0 ? DIAGNOSIS_OK : DIAGNOSIS_FAIL, NULL, NULL, "%zu of %zu regions answer LookupEvents", good,
	    p->regions.len);
	free(q);
}
