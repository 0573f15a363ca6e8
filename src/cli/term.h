/*
 * cli/term.h: what the terminal is like, colours, and asking a person.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

/* How --color, NO_COLOR (no-color.org) and TERM decide, as git does. */
bool term_color(const char *choice, FILE *stream);
int term_width(void);	/* columns of standard output; 0 when it is no terminal */

enum color { COLOR_NONE, COLOR_BOLD, COLOR_DIM, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE };
/* Text in a colour; `on` false leaves only the text. The text is escaped for terminals. */
void term_paint(struct buf *out, bool on, enum color color, const char *text);

/* Asks a yes-or-no question on the terminal. ERROR_USAGE when there is no
 * terminal to ask on: the text tells to pass --yes. */
bool term_confirm(const char *question, bool *yes, struct error *err);
/* Asks for a line; `initial` when the answer is empty. The caller frees; NULL at end of input. */
char *term_ask(const char *question, const char *initial);

/* There is somebody to ask: standard input and standard error are a terminal. */
bool term_can_ask(void);
/* As term_ask; `hidden` answers are not shown. A signal to end, as Ctrl-C, gives NULL, too, with the terminal in order. */
char *term_answer(const char *question, const char *initial, bool hidden);

/* Sends standard output through the pager git would use, if it is a terminal. */
void term_page(void);
/* Waits for it; false when it could not be run. */
bool term_page_end(void);

#endif
