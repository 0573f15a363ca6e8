/* Large, damaged or endless inputs: read in pieces, by zlib. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "world/trail/trail_int.h"

enum { PIECE = 256 * 1024, WINDOW = 2 * TRAIL_RECORD_MAX };

struct stream {
	int fd;
	z_stream z;
	bool gzip;
	bool started;
	bool ended;		/* nothing more will come */
	unsigned char in[PIECE];
	char *window;		/* text not yet dealt with */
	size_t len;
	struct trail_counts *counts;
};

static ssize_t
read_some(int fd, void *to, size_t len)
{
	ssize_t n;

	do
		n = read(fd, to, len);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Fills z's input; false at the end of the file. */
static bool
feed(struct stream *s)
{
	ssize_t n;

	if (s->z.avail_in > 0)
		return true;
	n = read_some(s->fd, s->in, sizeof(s->in));
	if (n < 0)
		trail_damage(s->counts, "reading failed: %s", strerror(errno));
	s->z.next_in = s->in;
	s->z.avail_in = n > 0 ? (uInt)n : 0;
	return n > 0;
}

/* gzip is told by its two first bytes (RFC 1952 section 2.3.1). */
static bool
begin(struct stream *s, const char *path, struct error *err)
{
	while (s->z.avail_in < 2) {
		ssize_t n = read_some(s->fd, s->in + s->z.avail_in, sizeof(s->in) - s->z.avail_in);

		if (n < 0)
			return error_errno(err, ERROR_SYSTEM, "%s: cannot be read", path);
		if (n == 0)
			break;
		s->z.avail_in += (uInt)n;
	}
	s->z.next_in = s->in;
	s->gzip = s->z.avail_in >= 2 && s->in[0] == 0x1F && s->in[1] == 0x8B;
	if (s->gzip && inflateInit2(&s->z, 15 + 16) != Z_OK)
		return error_set(err, ERROR_SYSTEM, "%s: zlib does not start", path);
	s->started = s->gzip;
	return true;
}

static size_t
pull_plain(struct stream *s, char *to, size_t room)
{
	size_t n;

	if (!feed(s)) {
		s->ended = true;
		return 0;
	}
	n = s->z.avail_in < room ? s->z.avail_in : room;
	memcpy(to, s->z.next_in, n);
	s->z.next_in += n;
	s->z.avail_in -= (uInt)n;
	return n;
}

/* The next member of a file of several, or the end; zero bytes pad (gzip manual, "Advanced usage"). */
static void
next_member(struct stream *s)
{
	while (feed(s) && s->z.next_in[0] == '\0') {
		s->z.next_in++;
		s->z.avail_in--;
	}
	if (s->z.avail_in > 0 && s->z.next_in[0] == 0x1F) {
		(void)inflateReset(&s->z);
		return;
	}
	s->ended = true;
	if (s->z.avail_in > 0)
		trail_damage(s->counts, "behind the gzip data stand bytes that are none");
}

static size_t
pull_gzip(struct stream *s, char *to, size_t room)
{
	int rc;

	s->z.next_out = (unsigned char *)to;
	s->z.avail_out = (uInt)room;
	if (!feed(s)) {
		s->ended = true;
		trail_damage(s->counts, "the gzip data ends too early");
		return 0;
	}
	rc = inflate(&s->z, Z_NO_FLUSH);
	if (rc == Z_STREAM_END) {
		next_member(s);
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		s->ended = true;
		trail_damage(s->counts, "the gzip data is damaged: %s", s->z.msg != NULL ? s->z.msg : "bad data");
	}
	return room - s->z.avail_out;
}

bool
trail_read_stream(const struct trail_reader *r, int fd, const char *path, struct trail_counts *counts,
    struct error *err)
{
	struct stream *s = mem_zalloc(1, sizeof(*s));
	struct splitter split = SPLITTER_INIT;
	int64_t total = 0;
	bool ok;

	s->fd = fd;
	s->counts = counts;
	s->window = mem_alloc(WINDOW);
	ok = begin(s, path, err);
	while (ok && !s->ended) {
		size_t n = (s->gzip ? pull_gzip : pull_plain)(s, s->window + s->len, WINDOW - s->len);
		size_t used = 0;

		s->len += n;
		total += (int64_t)n;
		if (total > r->max_inflate) {
			trail_damage(counts, "inflates to more than %lld bytes; the rest is left unread (--max-inflate)",
			    (long long)r->max_inflate);
			s->ended = true;
		}
		if (!s->ended && s->len < WINDOW / 2)
			continue;
		trail_read_window(r, &split, s->window, s->len, s->ended, &used, counts);
		memmove(s->window, s->window + used, s->len - used);
		s->len -= used;
	}
	counts->bytes += total;
	if (s->started)
		(void)inflateEnd(&s->z);
	free(s->window);
	free(s);
	return ok;
}
