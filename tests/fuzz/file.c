/* A file as it lies on the disk: gzip, several members, damaged, or plain. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "world/trail/trail.h"

static bool
record(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	return len > 1 && bytes[0] == '{';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trail_buffers buffers;
	enum { CAP = 1 << 20 };
	struct trail_counts counts = { .records = 0 };
	struct needles needles;
	struct trail_reader r = { .needles = &needles, .record = record, .max_inflate = CAP };
	struct error err = ERROR_INIT;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	needles_init(&needles);
	needles_add_id(&needles, FUZZ_KEY);
	FUZZ_HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FUZZ_HOLDS(trail_read_file(&r, &buffers, path, &counts, &err));
	FUZZ_HOLDS(counts.damaged == 0 || counts.reason[0] != '\0');
	(void)close(fd);
	needles_clear(&needles);
	return 0;
}
