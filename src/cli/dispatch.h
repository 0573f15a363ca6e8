/* cli/dispatch.h: from the words of a command line to an exit status. */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

int dispatch(int argc, char **argv);

#endif
