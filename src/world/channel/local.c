/* Channels on this machine or the local network: file, program, syslog. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/report/render.h"
#include "os/process.h"
#include "world/channel/channel_int.h"

void
send_file(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf line = BUF_INIT(BUF_RECORD);
	int fd = open(channel_option(c, "path"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t n = -1;

	render_ocsf(m, &line);
	/* One write: lines of several writers never mix. */
	if (fd >= 0)
		n = write(fd, buf_str(&line), line.len);
	if (n == (ssize_t)line.len && fsync(fd) == 0)
		result_set(out, DELIVERY_DONE, "written, %zu bytes", line.len);
	else
		result_set(out, DELIVERY_LATER, "%s: %s", channel_option(c, "path"), n >= 0 ? "written in part" : strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	buf_free(&line);
}

void
send_exec(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	struct buf body = BUF_INIT(BUF_RECORD), said = BUF_INIT(16384);
	const char **argv = mem_zalloc(c->options + 2, sizeof(*argv));
	struct error err = ERROR_INIT;
	int64_t limit_s = 30;
	int status = 0;
	size_t n = 1;

	argv[0] = channel_option(c, "program");
	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, "argument"))
			argv[n++] = c->option[i].value;
	(void)str_to_int(str_or(channel_option(c, "limit_s"), "30"), 1, 3600, &limit_s);
	render_webhook(m, &body);
	if (!process_run(&(struct process){ .argv = argv, .input = buf_str(&body), .input_len = body.len,
		.limit_ms = limit_s * 1000, .out = &said }, &status, &err))
		result_set(out, err.kind == ERROR_NOT_FOUND ? DELIVERY_REFUSED : DELIVERY_LATER, "%.280s", err.text);
	else
		result_set(out, status == 0 ? DELIVERY_DONE : DELIVERY_LATER, "%s ended with status %d", argv[0], status);
	free(argv);
	buf_free(&body);
	buf_free(&said);
}

/* --- syslog -------------------------------------------------------------------- */

static void
send_local(const struct buf *line, struct delivery_result *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && sendto(fd, buf_str(line), line->len, 0, (struct sockaddr *)&to, sizeof(to)) >= 0)
		result_set(out, DELIVERY_DONE, "given to /dev/log");
	else
		result_set(out, DELIVERY_LATER, "/dev/log: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

static void
send_udp(const char *host, const char *port, const struct buf *line, struct delivery_result *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list = NULL;
	int rc = getaddrinfo(host, port, &hints, &list), fd = -1;

	if (rc != 0) {
		result_set(out, DELIVERY_LATER, "%s: %s", host, gai_strerror(rc));
		return;
	}
	fd = socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && sendto(fd, buf_str(line), line->len, 0, list->ai_addr, list->ai_addrlen) >= 0)
		result_set(out, DELIVERY_DONE, "sent by UDP, which does not confirm");
	else
		result_set(out, DELIVERY_LATER, "%s:%s: %s", host, port, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	freeaddrinfo(list);
}

/* Octet counting (RFC 6587 section 3.4.1); TLS as RFC 5425 says. curl connects and verifies. */
static void
send_stream(const struct channel_settings *c, const char *host, const char *port, bool tls,
    const struct buf *line, struct delivery_result *out)
{
	struct buf frame = BUF_INIT(BUF_RECORD);
	char *url = mem_printf("%s://%s:%s", tls ? "https" : "http", host, port);
	CURL *curl = curl_for(c);
	size_t sent = 0, n;
	CURLcode rc;

	buf_printf(&frame, "%zu ", line->len);
	buf_add(&frame, buf_str(line), line->len);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	rc = curl_easy_perform(curl);
	while (rc == CURLE_OK && sent < frame.len) {
		rc = curl_easy_send(curl, frame.ptr + sent, frame.len - sent, &n);
		if (rc == CURLE_OK)
			sent += n;
		else if (rc == CURLE_AGAIN)
			rc = CURLE_OK;
	}
	if (rc == CURLE_OK)
		result_set(out, DELIVERY_DONE, "sent to %s:%s", host, port);
	else
		result_set(out, DELIVERY_LATER, "%s:%s: %s", host, port, curl_easy_strerror(rc));
	curl_easy_cleanup(curl);
	free(url);
	buf_free(&frame);
}

void
send_syslog(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	const char *transport = str_or(channel_option(c, "transport"), "local");
	char *address = mem_strdup(str_or(channel_option(c, "address"), "127.0.0.1"));
	char *colon = strrchr(address, ':');
	const char *port = str_eq(transport, "tls") ? "6514" : "514";
	struct buf line = BUF_INIT(BUF_LINE);
	char host[256] = "-";

	if (colon != NULL && colon[1] != '\0') {
		*colon = '\0';
		port = colon + 1;
	}
	(void)gethostname(host, sizeof(host) - 1);
	render_syslog(m, host, &line);
	if (str_eq(transport, "local"))
		send_local(&line, out);
	else if (str_eq(transport, "udp"))
		send_udp(address, port, &line, out);
	else if (str_eq(transport, "tcp") || str_eq(transport, "tls"))
		send_stream(c, address, port, str_eq(transport, "tls"), &line, out);
	else
		result_set(out, DELIVERY_REFUSED, "transport \"%.40s\" is not one of local, udp, tcp, tls", transport);
	free(address);
	buf_free(&line);
}
