/*
 * cli/init_int.h: what the files of "keycanary init" share.
 *
 * init_answers.c asks what the words do not say, cmd_init.c writes it down,
 * init_steps.c leads on from there. Whoever stops sets ERROR_STOPPED.
 */
#ifndef CLI_INIT_INT_H
#define CLI_INIT_INT_H

#include "cli/cmd.h"
#include "cli/term.h"
#include "work/init.h"

enum { INIT_MINT_MAX = 5000 };	/* users AWS allows in an account */

struct init_run {
	struct cmd_ctx *ctx;
	struct init_draft draft;
	struct user user;	/* of the service; name NULL: none, all is ours */
	bool asks;		/* what the words do not say */
	char *mint_profile;	/* NULL: the monitor's */
	char *config;		/* the configuration as a command must name it; NULL: it finds it */
};

/* One line on standard output, unless --quiet. */
void init_say(const struct init_run *run, enum color color, const char *text);
/* All answers into the draft, by words or by asking. */
bool init_answer(struct init_run *run, struct error *err);
/* Policies, doctor, decoys and drill, as the words or the person say. */
bool init_lead_on(struct init_run *run, struct error *err);

#endif
