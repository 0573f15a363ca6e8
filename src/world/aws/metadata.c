#include "world/aws/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/file.h"
#include "world/net/http.h"

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
		.timeout_ms = timeout_ms, .answer_max = BUF_LINE }, on_done, &f);
	while (http_step(h, 1000))
		;
	http_close(h);
	strlist_clear(&headers);
	return f.ok;
}

/* Plain http only to this machine and to the fixed addresses of AWS. */
static bool
full_uri_allowed(const char *uri)
{
	static const char *const hosts[] = { "http://127.", "http://localhost:", "http://localhost/",
		"http://[::1]", "http://169.254.170.2/", "http://169.254.170.23/", "http://[fd00:ec2::23]/",
		"https://" };

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (str_starts(uri, hosts[i]))
			return true;
	return false;
}

static bool
from_container(struct buf *out, struct error *err)
{
	const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char *url = !str_empty(relative) ? mem_printf("http://169.254.170.2%s", relative) : mem_strdup(full);
	struct buf secret = BUF_INIT(BUF_LINE);
	char *header = NULL;
	bool ok = true;

	if (!full_uri_allowed(url))
		ok = error_set(err, ERROR_REFUSED, "AWS_CONTAINER_CREDENTIALS_FULL_URI points to a strange host");
	if (ok && !str_empty(file))
		ok = file_read(file, &secret, err);
	else if (!str_empty(token))
		buf_puts(&secret, token);
	if (ok && secret.len > 0)
		header = mem_printf("Authorization: %s", str_trim(secret.ptr));
	ok = ok && fetch("GET", url, header, 2000, out, err);
	mem_free_secret(header);
	buf_free_secret(&secret);
	free(url);
	return ok;
}

static bool
from_instance(struct buf *out, struct error *err)
{
	const char *base = str_or(getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254");
	struct buf token = BUF_INIT(BUF_LINE), role = BUF_INIT(BUF_LINE);
	char *url = mem_printf("%s/latest/api/token", base), *header = NULL;
	bool ok = fetch("PUT", url, "x-aws-ec2-metadata-token-ttl-seconds: 21600", 1000, &token, err);

	free(url);
	header = mem_printf("x-aws-ec2-metadata-token: %s", buf_str(&token));
	url = mem_printf("%s/latest/meta-data/iam/security-credentials/", base);
	ok = ok && fetch("GET", url, header, 1000, &role, err);
	free(url);
	url = mem_printf("%s/latest/meta-data/iam/security-credentials/%.*s", base,
	    (int)strcspn(buf_str(&role), "\r\n"), buf_str(&role));
	ok = ok && fetch("GET", url, header, 1000, out, err);
	free(url);
	mem_free_secret(header);
	buf_free_secret(&token);
	buf_free(&role);
	return ok;
}

bool
metadata_credentials(struct buf *out, const char **what, struct error *err)
{
	const char *disabled = getenv("AWS_EC2_METADATA_DISABLED");
	bool container = !str_empty(getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) ||
	    !str_empty(getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"));

	*what = container ? "the container's credentials" : "the instance's credentials";
	if (container)
		return from_container(out, err);
	if (!str_eq_nocase(disabled, "true") && from_instance(out, err))
		return true;
	return error_set(err, ERROR_CREDENTIALS, "no AWS credentials: neither in the environment, nor in "
	    "~/.aws, nor from a container or instance; name a profile in the configuration");
}
