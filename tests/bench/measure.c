/*
 * measure FILE COMMAND…: runs the command and writes one line to FILE: seconds
 * by the clock, seconds of processor, and the most memory any one process of
 * it held, in MiB. Small, so that its own memory does not show in the figure
 * (a child's peak begins with what its parent held).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct timespec began, ended;
	struct rusage used;
	int status;
	pid_t pid;
	FILE *out = argc > 2 ? fopen(argv[1], "we") : NULL;

	if (out == NULL || clock_gettime(CLOCK_MONOTONIC, &began) != 0 || (pid = fork()) < 0)
		return 1;
	if (pid == 0) {
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || clock_gettime(CLOCK_MONOTONIC, &ended) != 0 ||
	    getrusage(RUSAGE_CHILDREN, &used) != 0)
		return 1;
	fprintf(out, "%f %f %f\n", (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9,
	    seconds(used.ru_utime) + seconds(used.ru_stime), (double)used.ru_maxrss / 1024);
	return fclose(out) != 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127;
}
