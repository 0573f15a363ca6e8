/*
 * cli/interview.h: questions to a person, each asked until its answer is fine.
 *
 * A question says in one line why it is asked. What is wrong with an answer is
 * said at once and the question is put again. The end of input and Ctrl-C end
 * the interview: ERROR_STOPPED.
 */
#ifndef CLI_INTERVIEW_H
#define CLI_INTERVIEW_H

#include "base/error.h"
#include "work/init.h"

struct question {
	const char *ask;
	const char *why;	/* one line; NULL */
	const char *initial;	/* taken for an empty answer; NULL: the answer is "" */
	bool hidden;		/* not shown while it is typed */
	/* Says what is wrong with an answer; NULL: all are fine. */
	bool (*fine)(void *arg, const char *answer, struct error *err);
	void *arg;
};

/* The caller frees (mem_free_secret for hidden ones); NULL: stopped. */
char *interview_ask(const struct question *q, struct error *err);
/* Yes or no; false with ERROR_STOPPED in `err`. */
bool interview_yes(const char *ask, const char *why, bool initial, bool *yes, struct error *err);
/* Where alerts go: channels until no more are wanted. */
bool interview_channels(struct init_draft *d, struct error *err);

#endif
