#include <signal.h>
#include <sys/resource.h>

#include "cli/dispatch.h"

int
main(int argc, char **argv)
{
	/* A file that may not grow is a failed write, with a message, and not a death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Secrets are in this memory; a crash must not write it to a disk. */
	(void)setrlimit(RLIMIT_CORE, &(const struct rlimit){ 0, 0 });
	return dispatch(argc, argv);
}
