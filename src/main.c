#include <signal.h>

#include "cli/dispatch.h"

int
main(int argc, char **argv)
{
	/* A file that may not grow is a failed write, with a message, and not a death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return dispatch(argc, argv);
}
