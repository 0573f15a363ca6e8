/* syslog: RFC 5424 lines by the local socket, UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425). */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/report/render.h"
#include "world/channel/channel_int.h"

enum { DATAGRAM_MAX = 2048, FRAME_MAX = 8192, GOODBYE_MS = 2000 };

static void
send_local(const char *path, const struct buf *line, struct delivery_result *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(to.sun_path)) {
		result_set(out, DELIVERY_REFUSED, "%s: too long for the path of a socket", path);
	} else {
		memcpy(to.sun_path, path, strlen(path) + 1);
		if (fd >= 0 && sendto(fd, buf_str(line), line->len, 0, (struct sockaddr *)&to, sizeof(to)) >= 0)
			result_set(out, DELIVERY_DONE, "given to %s", path);
		else
			result_set(out, DELIVERY_LATER, "%s: %s", path, strerror(errno));
	}
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
		result_set(out, DELIVERY_DONE, "sent to %s port %s by UDP, which does not confirm", host, port);
	else
		result_set(out, DELIVERY_LATER, "%s port %s: %s", host, port, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	freeaddrinfo(list);
}

/*
 * syslog does not confirm. But a receiver that read everything closes its end
 * when we close ours, and one that is gone resets the connection: waiting for
 * that shortly tells a dead peer from a live one.
 */
static bool
reset_by_peer(CURL *curl)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	char byte;

	if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
		return false;
	(void)shutdown(fd, SHUT_WR);
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, GOODBYE_MS) <= 0)
		return false;
	return recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET;
}

static CURLcode
send_frame(CURL *curl, const struct buf *frame)
{
	size_t sent = 0, n;
	CURLcode rc = CURLE_OK;

	while (rc == CURLE_OK && sent < frame->len) {
		curl_socket_t fd = CURL_SOCKET_BAD;

		rc = curl_easy_send(curl, frame->ptr + sent, frame->len - sent, &n);
		if (rc == CURLE_OK) {
			sent += n;
		} else if (rc == CURLE_AGAIN) {
			(void)curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd);
			rc = poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, SEND_LIMIT_S * 1000) > 0 ?
			    CURLE_OK : CURLE_OPERATION_TIMEDOUT;
		}
	}
	return rc;
}

/* Octet counting (RFC 6587 section 3.4.1), the only framing of RFC 5425. curl connects and verifies. */
static void
send_stream(const struct channel_settings *c, const char *host, const char *port, bool tls,
    const struct buf *line, struct delivery_result *out)
{
	struct buf frame = BUF_INIT(BUF_RECORD);
	bool six = strchr(host, ':') != NULL;
	char *url = mem_printf("%s://%s%s%s:%s", tls ? "https" : "http", six ? "[" : "", host, six ? "]" : "", port);
	char failure[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_for(c);
	CURLcode rc;

	buf_printf(&frame, "%zu ", line->len);
	buf_add(&frame, buf_str(line), line->len);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);	/* this is not HTTP */
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		rc = send_frame(curl, &frame);
	if (rc != CURLE_OK)
		result_set(out, DELIVERY_LATER, "%s port %s: %s", host, port, failure[0] != '\0' ? failure : curl_easy_strerror(rc));
	else if (!tls && reset_by_peer(curl))
		result_set(out, DELIVERY_LATER, "%s port %s: the receiver broke the connection off", host, port);
	else
		result_set(out, DELIVERY_DONE, "sent to %s port %s by %s", host, port, tls ? "TLS" : "TCP");
	curl_easy_cleanup(curl);
	free(url);
	buf_free(&frame);
}

/* "host", "host:port", "[::1]:port"; both borrow from `address`, which is cut. */
static void
split_address(char *address, const char **host, const char **port)
{
	char *end = address[0] == '[' ? strchr(address, ']') : NULL;
	char *colon = strrchr(end != NULL ? end : address, ':');

	if (colon != NULL && end == NULL && strchr(address, ':') != colon)
		colon = NULL;	/* an IPv6 address alone */
	if (colon != NULL && colon[1] != '\0') {
		*colon = '\0';
		*port = colon + 1;
	}
	if (end != NULL)
		*end = '\0';
	*host = end != NULL ? address + 1 : address;
}

void
send_syslog(const struct channel_settings *c, const struct message *m, struct delivery_result *out)
{
	const char *transport = str_or(channel_option(c, "transport"), "local"), *to, *port;
	bool local = str_eq(transport, "local"), udp = str_eq(transport, "udp"), tls = str_eq(transport, "tls");
	char *address = mem_strdup(str_or(channel_option(c, "address"), "/dev/log"));
	struct buf line = BUF_INIT(BUF_LINE);
	char host[256] = "-";

	(void)gethostname(host, sizeof(host) - 1);
	render_syslog(m, host, local || udp ? DATAGRAM_MAX : FRAME_MAX, &line);
	if (local) {
		send_local(address, &line, out);
	} else {
		port = tls ? "6514" : "514";
		split_address(address, &to, &port);
		if (udp)
			send_udp(to, port, &line, out);
		else
			send_stream(c, to, port, tls, &line, out);
	}
	free(address);
	buf_free(&line);
}
