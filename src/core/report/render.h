/*
 * core/report/render.h: a message in the form of each channel.
 *
 * Pure. Every renderer escapes what an intruder wrote for its own medium and
 * keeps the provider's limits: in chats no mention, link or markup of theirs
 * lives; in mail no header; in syslog no second line. All of them are run
 * through tests/corpus/hostile.txt.
 */
#ifndef CORE_REPORT_RENDER_H
#define CORE_REPORT_RENDER_H

#include "base/buf.h"
#include "base/error.h"
#include "core/model/message.h"

/* Plain text, every control character visible; at most `max` bytes (0: all). */
void render_text(const struct message *m, struct buf *out, size_t max);
void render_html_mail(const struct message *m, struct buf *out);
/* One line for a mail's subject: no control characters, at most 200 bytes. */
void render_subject(const struct message *m, struct buf *out);

/* JSON bodies. The webhook's is the message as core/model/message.h writes it. */
void render_webhook(const struct message *m, struct buf *out);
/* Block Kit: at most 50 blocks, 3,000 characters a section (docs.slack.dev, "Text object", "Section block"). */
void render_slack(const struct message *m, struct buf *out);
/* Text of at most 16,383 characters (Mattermost, "Incoming webhooks"). */
void render_mattermost(const struct message *m, struct buf *out);
/* Content 2,000; one embed: title 256, description 4,096, 25 fields of 256 and 1,024, 6,000 together. */
void render_discord(const struct message *m, struct buf *out);
/* An Adaptive Card 1.4 for a workflow; Teams takes 28 KB. */
void render_teams(const struct message *m, struct buf *out);
/* Text of at most 4,096 characters, threaded by incident. */
void render_google_chat(const struct message *m, struct buf *out);
/* Events API v2: `routing_key` is the integration key. Summary 1,024 characters, whole 512 KB. */
void render_pagerduty(const struct message *m, const char *routing_key, struct buf *out);
/* Alert API: create (message 130, alias 512, description 15,000, 20 tags of 50), add a note (25,000), close. */
void render_opsgenie(const struct message *m, struct buf *out);
void render_opsgenie_note(const struct message *m, struct buf *out);
/* MessageStructure "json": text by default, the title by SMS, the webhook's document by machine; 256 KB. */
void render_sns(const struct message *m, struct buf *out);
/* ASCII, fewer than 100 characters (SNS API reference, "Publish"). */
void render_sns_subject(const struct message *m, struct buf *out);
/* OCSF 1.3 Detection Finding (class 2004), one line with a newline. */
void render_ocsf(const struct message *m, struct buf *out);
/* RFC 5424, one line without framing, at most `max` bytes (at least 1,024). */
void render_syslog(const struct message *m, const char *host, size_t max, struct buf *out);

/*
 * The operator's own body: {{name}} is replaced by a value of the message,
 * escaped for `type` ("application/json", "text/plain", "application/xml",
 * "application/x-www-form-urlencoded"). ERROR_INPUT names an unknown {{name}}
 * with its line and the nearest right one.
 */
bool render_template(const struct message *m, const char *text, const char *type, struct buf *out,
    struct error *err);

#endif
