/*
 * Amazon SNS: Publish to one topic, signed with credentials of AWS's own
 * chain (Amazon SNS API Reference, "Publish").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/report/render.h"
#include "world/aws/client.h"
#include "world/channel/channel_int.h"

/* Part n (from 0) of "arn:PARTITION:sns:REGION:ACCOUNT:NAME"; the caller frees. */
static char *
arn_part(const char *arn, int n)
{
	while (n-- > 0)
		arn += strcspn(arn, ":") + 1;
	return mem_strndup(arn, strcspn(arn, ":"));
}

/* What subscriptions filter by. A value is never empty (SNS refuses that). */
static void
attributes(struct buf *form, const struct message *m)
{
	const struct {
		const char *name, *value;
	} row[] = {
		{ "kind", message_kind_name(m->kind) }, { "severity", severity_name(m->severity) },
		{ "intent", m->intent }, { "incident", m->incident }, { "key_id", m->key_id },
		{ "account", m->account }, { "drill", m->drill ? "true" : NULL }, { "idempotency_key", m->key },
	};
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char name[64];

		if (str_empty(row[i].value))
			continue;
		n++;
		(void)snprintf(name, sizeof(name), "MessageAttributes.entry.%d.Name", n);
		form_add(form, name, row[i].name);
		(void)snprintf(name, sizeof(name), "MessageAttributes.entry.%d.Value.DataType", n);
		form_add(form, name, "String");
		(void)snprintf(name, sizeof(name), "MessageAttributes.entry.%d.Value.StringValue", n);
		form_add(form, name, row[i].value);
	}
}

static void
request(struct buf *form, const char *topic, const struct message *m)
{
	struct buf subject = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_RECORD);

	render_sns_subject(m, &subject);
	render_sns(m, &body);
	form_add(form, "Action", "Publish");
	form_add(form, "Version", "2010-03-31");
	form_add(form, "TopicArn", topic);
	form_add(form, "Subject", buf_str(&subject));
	form_add(form, "Message", buf_str(&body));
	form_add(form, "MessageStructure", "json");
	if (str_ends(topic, ".fifo")) {
		form_add(form, "MessageGroupId", message_thread(m));
		form_add(form, "MessageDeduplicationId", m->key);
	}
	attributes(form, m);
	buf_free(&subject);
	buf_free(&body);
}

/* No connection, throttling, credentials that end: may pass. What AWS refuses by name does not. */
static void
judge(bool ok, const struct buf *answer, const struct error *err, struct delivery_result *out)
{
	bool later = err->kind == ERROR_NETWORK || err->kind == ERROR_THROTTLED || err->kind == ERROR_BUSY ||
	    err->kind == ERROR_CREDENTIALS || err->kind == ERROR_CLOCK || strstr(err->text, "InternalError") != NULL ||
	    strstr(err->text, "ServiceUnavailable") != NULL;
	size_t from = 0;
	char *id;

	if (!ok) {
		result_set(out, later ? DELIVERY_LATER : DELIVERY_REFUSED, "%s", err->text);
		return;
	}
	id = xml_value(buf_str(answer), "MessageId", &from);
	result_set(out, DELIVERY_DONE, "SNS took it, MessageId %s", str_or(id, "unknown"));
	free(id);
}

void
send_sns(const struct channel_settings *c, const struct message *m, const struct channel_guard *guard,
    struct delivery_result *out)
{
	const char *topic = channel_option(c, "topic_arn");
	char *region = arn_part(topic, 3), *partition = arn_part(topic, 1);
	struct buf form = BUF_INIT(BUF_RECORD), answer = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	struct aws_client *client;
	struct http *http = NULL;
	bool ok = http_open(&http, &err);

	if (ok) {
		client = aws_client_new(http, &(struct aws_client_options){ .profile = channel_option(c, "profile"),
			.role_arn = channel_option(c, "role_arn"), .external_id = channel_option(c, "external_id"),
			.refuse = guard != NULL ? guard->refuse : NULL, .refuse_arg = guard != NULL ? guard->arg : NULL,
			.home = region, .partition = partition, .timeout_ms = SEND_LIMIT_S * 1000 });
		request(&form, topic, m);
		ok = aws_call(client, &(struct aws_call){ .service = "sns", .region = region, .body = buf_str(&form) },
		    &answer, &err);
		aws_client_free(client);
	}
	judge(ok, &answer, &err, out);
	http_close(http);
	free(region);
	free(partition);
	buf_free(&form);
	buf_free(&answer);
}
