/*
 * The limit of any scanner of packed logs: reads every file named on standard
 * input and inflates it by libdeflate, with N threads, and looks at nothing.
 *
 *	find logs -name '*.gz' | inflate_alone N
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKED_MAX = 4 << 20, TEXT_MAX = 12 << 20, FILES_MAX = 1 << 20, THREADS_MAX = 64 };

static char *file[FILES_MAX];
static size_t files;
static atomic_size_t next_file;
static atomic_llong inflated;

static size_t
inflate_file(struct libdeflate_decompressor *d, const char *path, char *packed, char *text)
{
	int fd = open(path, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, packed, PACKED_MAX);
	size_t out = 0;

	if (len < 0 || libdeflate_gzip_decompress(d, packed, (size_t)len, text, TEXT_MAX, &out) != LIBDEFLATE_SUCCESS) {
		perror(path);
		exit(1);
	}
	(void)close(fd);
	return out;
}

static void *
work(void *arg)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	char *packed = malloc(PACKED_MAX), *text = malloc(TEXT_MAX);
	size_t n;

	if (d == NULL || packed == NULL || text == NULL)
		exit(1);
	while ((n = atomic_fetch_add(&next_file, 1)) < files)
		atomic_fetch_add(&inflated, (long long)inflate_file(d, file[n], packed, text));
	free(packed);
	free(text);
	libdeflate_free_decompressor(d);
	return arg;
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	char line[4096];

	while (files < FILES_MAX && fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		file[files++] = strdup(line);
	}
	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			return 1;
	for (int i = 0; i < threads; i++)
		(void)pthread_join(thread[i], NULL);
	printf("%lld bytes of %zu files\n", (long long)inflated, files);
	return 0;
}
