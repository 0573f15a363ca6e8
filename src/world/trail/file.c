/* Whole files, the common case: one read, one inflate, one search. */
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "world/trail/trail_int.h"

static void
room(char **buf, size_t *cap, size_t want)
{
	if (*cap >= want)
		return;
	free(*buf);
	*buf = mem_alloc(want);
	*cap = want;
}

static bool
slurp(int fd, char *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, to + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool
gzipped(const char *bytes, size_t len)
{
	return len >= 18 && (unsigned char)bytes[0] == 0x1F && (unsigned char)bytes[1] == 0x8B;
}

/* All members into b->text; SIZE_MAX when it must be streamed: too large, or damaged. */
static size_t
inflate_whole(struct trail_buffers *b, size_t packed)
{
	size_t done = 0, used = 0, in, out;

	if (b->inflater == NULL)
		b->inflater = libdeflate_alloc_decompressor();
	room(&b->text, &b->text_cap, TRAIL_WHOLE_TEXT);
	while (used < packed && gzipped(b->packed + used, packed - used)) {
		if (libdeflate_gzip_decompress_ex(b->inflater, b->packed + used, packed - used,
			b->text + done, b->text_cap - done, &in, &out) != LIBDEFLATE_SUCCESS)
			return SIZE_MAX;
		used += in;
		done += out;
	}
	return used == packed ? done : SIZE_MAX;
}

static bool
read_whole(const struct trail_reader *r, struct trail_buffers *b, int fd, size_t size, bool *streamed,
    struct trail_counts *counts)
{
	size_t len = size;

	room(&b->packed, &b->packed_cap, TRAIL_WHOLE_PACKED);
	*streamed = true;
	if (!slurp(fd, b->packed, size))
		return true;
	if (gzipped(b->packed, size)) {
		len = inflate_whole(b, size);
		if (len == SIZE_MAX || (int64_t)len > r->max_inflate)
			return true;
		*streamed = false;
		trail_read_text(r, b->text, len, counts);
		return true;
	}
	*streamed = false;
	trail_read_text(r, b->packed, len, counts);
	return true;
}

bool
trail_read_file(const struct trail_reader *r, struct trail_buffers *b, const char *path,
    struct trail_counts *counts, struct error *err)
{
	struct stat st;
	bool streamed = true, ok = true;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	*counts = (struct trail_counts){ .records = 0 };
	if (fd >= 0 && strcmp(path, "-") == 0)
		(void)lseek(fd, 0, SEEK_SET);
	if (fd < 0 || fstat(fd, &st) != 0) {
		error_errno(err, ERROR_SYSTEM, "%s: cannot be read", path);
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= TRAIL_WHOLE_PACKED)
		ok = read_whole(r, b, fd, (size_t)st.st_size, &streamed, counts);
	if (ok && streamed) {
		(void)lseek(fd, 0, SEEK_SET);
		*counts = (struct trail_counts){ .records = 0 };
		ok = trail_read_stream(r, fd, path, counts, err);
	}
	(void)close(fd);
	return ok;
}

void
trail_buffers_free(struct trail_buffers *b)
{
	free(b->packed);
	free(b->text);
	if (b->inflater != NULL)
		libdeflate_free_decompressor(b->inflater);
	*b = (struct trail_buffers){ .packed = NULL };
}
