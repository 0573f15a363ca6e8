/*
 * core/report/render.h: a message in the form of each channel.
 *
 * Pure. Every renderer escapes what an intruder wrote for its own medium: in
 * chats no mention, link or markup of theirs lives; in mail no header; in
 * syslog no second line.
 */
#ifndef CORE_REPORT_RENDER_H
#define CORE_REPORT_RENDER_H

#include "base/buf.h"
#include "core/model/message.h"

/* Plain text, every control character visible; at most `max` bytes (0: all). */
void render_text(const struct message *m, struct buf *out, size_t max);
void render_html_mail(const struct message *m, struct buf *out);
/* One line for a mail's subject: no control characters, at most 200 bytes. */
void render_subject(const struct message *m, struct buf *out);
/* JSON bodies. `routing_key` is PagerDuty's integration key. */
void render_webhook(const struct message *m, struct buf *out);
void render_slack(const struct message *m, struct buf *out);
void render_mattermost(const struct message *m, struct buf *out);
void render_discord(const struct message *m, struct buf *out);
void render_teams(const struct message *m, struct buf *out);
void render_google_chat(const struct message *m, struct buf *out);
void render_pagerduty(const struct message *m, const char *routing_key, struct buf *out);
void render_opsgenie(const struct message *m, struct buf *out);
/* OCSF 1.3 Detection Finding (class 2004), one line with a newline. */
void render_ocsf(const struct message *m, struct buf *out);
/* RFC 5424, one line without framing. */
void render_syslog(const struct message *m, const char *host, struct buf *out);

#endif
