#include "world/aws/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/file.h"
#include "world/net/http.h"

enum { CONTAINER_MS = 2000, CONTAINER_TRIES = 3, INSTANCE_MS = 1000 };

struct fetched {
	struct buf *out;
	struct error *err;
	bool ok;
};

static void
on_done(void *arg, const struct http_answer *a)
{
	struct fetched *f = arg;

	f->ok = a->ok && a->status == 200;
	if (f->ok)
		buf_add(f->out, a->body, a->body_len);
	else if (a->ok)
		error_set(f->err, ERROR_CREDENTIALS, "the credentials service answered with status %ld", a->status);
	else if (f->err != NULL)
		*f->err = a->err;
}

static bool
fetch(const char *method, const char *url, const char *header, int64_t timeout_ms, struct buf *out,
    struct error *err)
{
	struct strlist headers = STRLIST_INIT;
	struct fetched f = { .out = out, .err = err };
	struct http *h;

	if (!http_open(&h, err))
		return false;
	if (header != NULL)
		strlist_add(&headers, header);
	http_send(h, &(struct http_request){ .method = method, .url = url, .headers = &headers,
		.timeout_ms = timeout_ms, .answer_max = BUF_LINE, .direct = true }, on_done, &f);
	while (http_step(h, 1000))
		;
	http_close(h);
	strlist_clear(&headers);
	return f.ok;
}

bool
metadata_uri_allowed(const char *uri)
{
	static const char *const hosts[] = { "localhost", "[::1]", "169.254.170.2", "169.254.170.23",
		"[fd00:ec2::23]" };
	const char *from = str_starts(uri, "http://") ? uri + 7 : "";
	size_t len = *from == '[' ? strcspn(from, "]") + 1 : strcspn(from, ":/?#");
	char *host;
	bool ok = str_starts(uri, "https://");

	if (ok || from[0] == '\0' || strcspn(from, "@\\") < strlen(from))
		return ok;
	host = mem_strndup(from, len);
	ok = str_starts(host, "127.") && strspn(host, "0123456789.") == strlen(host);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		ok |= str_eq(host, hosts[i]);
	free(host);
	return ok;
}

static bool
from_container(struct buf *out, struct error *err)
{
	const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char *url = !str_empty(relative) ? mem_printf("http://169.254.170.2%s%s", str_starts(relative, "/") ? "" : "/", relative) : mem_strdup(full);
	struct buf secret = BUF_INIT(BUF_LINE);
	char *header = NULL;
	bool ok = true;

	if (!metadata_uri_allowed(url))
		ok = error_set(err, ERROR_REFUSED, "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that must not be "
		    "asked for credentials in plain text: only this machine, AWS's fixed addresses, or https");
	if (ok && !str_empty(file))
		ok = file_read(file, &secret, err);
	else if (!str_empty(token))
		buf_puts(&secret, token);
	if (ok && secret.len > 0)
		header = mem_printf("Authorization: %s", str_trim(secret.ptr));
	if (ok && header != NULL && strpbrk(header, "\r\n") != NULL)
		ok = error_set(err, ERROR_REFUSED, "the container's authorization token has line ends in it");
	ok = ok && fetch("GET", url, header, CONTAINER_MS, out, err);
	for (int i = 1; !ok && i < CONTAINER_TRIES && err != NULL && err->kind == ERROR_NETWORK; i++)
		ok = fetch("GET", url, header, CONTAINER_MS, out, err);
	mem_free_secret(header);
	buf_free_secret(&secret);
	free(url);
	return ok;
}

/* The address of the metadata service, without a slash at its end. The caller frees. */
static char *
instance_base(void)
{
	const char *set = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	bool six = str_eq_nocase(getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6");
	char *base = mem_strdup(!str_empty(set) ? set : six ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		base[--len] = '\0';
	return base;
}

static bool
from_instance(struct buf *out, struct error *err)
{
	struct buf token = BUF_INIT(BUF_LINE), role = BUF_INIT(BUF_LINE);
	char *base = instance_base(), *url = mem_printf("%s/latest/api/token", base), *header = NULL;
	bool ok = fetch("PUT", url, "x-aws-ec2-metadata-token-ttl-seconds: 21600", INSTANCE_MS, &token, err);

	free(url);
	header = mem_printf("x-aws-ec2-metadata-token: %.*s", (int)strcspn(buf_str(&token), "\r\n"), buf_str(&token));
	url = mem_printf("%s/latest/meta-data/iam/security-credentials/", base);
	ok = ok && fetch("GET", url, header, INSTANCE_MS, &role, err);
	free(url);
	url = mem_printf("%s/latest/meta-data/iam/security-credentials/%.*s", base,
	    (int)strcspn(buf_str(&role), "\r\n"), buf_str(&role));
	ok = ok && fetch("GET", url, header, INSTANCE_MS, out, err);
	free(url);
	free(base);
	mem_free_secret(header);
	buf_free_secret(&token);
	buf_free(&role);
	return ok;
}

const char *
metadata_name(enum metadata_kind kind)
{
	return kind == METADATA_CONTAINER ? "the container's credentials" : "the instance's credentials";
}

bool
metadata_there(enum metadata_kind kind)
{
	if (kind == METADATA_CONTAINER)
		return !str_empty(getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) ||
		    !str_empty(getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
	return !str_eq_nocase(getenv("AWS_EC2_METADATA_DISABLED"), "true");
}

bool
metadata_fetch(enum metadata_kind kind, struct buf *out, struct error *err)
{
	if (kind == METADATA_CONTAINER)
		return from_container(out, err);
	if (from_instance(out, err))
		return true;
	return error_set(err, ERROR_CREDENTIALS, "no AWS credentials: neither in the environment, nor in ~/.aws, "
	    "nor from a container; and the instance metadata service gave none; name a profile in the configuration");
}
