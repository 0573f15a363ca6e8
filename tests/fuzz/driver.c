/*
 * A target without libFuzzer: runs it over every file of a folder, and over
 * mutations of them that are the same each time.
 *
 *	driver FOLDER MUTATIONS
 */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 16 };

static unsigned
dice(unsigned sides)
{
	static uint64_t seed = 1;

	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(seed >> 33) % sides;
}

/* One small change: a byte, a piece lost, a piece twice. */
static size_t
change(uint8_t *bytes, size_t len)
{
	static const char odd[] = "\"\\{}[],:0\0\xff u\n9-e";
	size_t at = len > 0 ? dice((unsigned)len) : 0, n = dice(16) + 1;

	if (len == 0)
		return 0;
	if (n > len - at)
		n = len - at;
	switch (dice(4)) {
	case 0:
		bytes[at] = (uint8_t)odd[dice(sizeof(odd) - 1)];
		return len;
	case 1:
		bytes[at] ^= (uint8_t)(1U << dice(8));
		return len;
	case 2:
		memmove(bytes + at, bytes + at + n, len - at - n);
		return len - n;
	default:
		if (len + n > INPUT_MAX)
			return len;
		memmove(bytes + at + n, bytes + at, len - at);
		return len + n;
	}
}

static int
run_file(const char *path, int mutations)
{
	static uint8_t seed[INPUT_MAX], bytes[INPUT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, seed, sizeof(seed));

	if (got < 0) {
		perror(path);
		return 1;
	}
	(void)close(fd);
	(void)LLVMFuzzerTestOneInput(seed, (size_t)got);
	for (int i = 0; i < mutations; i++) {
		size_t len = (size_t)got;

		memcpy(bytes, seed, len);
		for (unsigned k = dice(8) + 1; k > 0; k--)
			len = change(bytes, len);
		(void)LLVMFuzzerTestOneInput(bytes, len);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **entry = NULL;
	int n = argc == 3 ? scandir(argv[1], &entry, NULL, alphasort) : -1, failed = n < 0, files = 0;

	for (int i = 0; i < n; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry[i]->d_name);
		if (entry[i]->d_name[0] != '.') {
			failed |= run_file(path, atoi(argv[2]));
			files++;
		}
		free(entry[i]);
	}
	free(entry);
	if (files == 0)
		fprintf(stderr, "%s: no seeds\n", argc > 1 ? argv[1] : argv[0]);
	return failed || files == 0;
}
