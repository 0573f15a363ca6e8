/*
 * base/error.h: failure as one value.
 *
 * A function that can fail returns bool (or a pointer) and takes a
 * `struct error *` last. The text is complete where the failure is known:
 * what failed, on what, why, and what to do. On the way up, error_in() puts
 * the place in front; it is printed once, at the top.
 *
 *	if (!ok)
 *		return error_set(err, ERROR_INPUT, "%s: not a key id", s);
 *
 * `err` may be NULL when a caller does not care. The text never holds a
 * secret.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* What a caller may react to. Names are printed by error_kind_name(). */
#define ERROR_KINDS(X) \
	X(ERROR_NONE, "none") \
	X(ERROR_USAGE, "usage")			/* the words on the command line */ \
	X(ERROR_INPUT, "input")			/* malformed or unreadable data */ \
	X(ERROR_NOT_FOUND, "not-found") \
	X(ERROR_CONFLICT, "conflict")		/* exists already, changed meanwhile */ \
	X(ERROR_REFUSED, "refused")		/* a safety rule says no */ \
	X(ERROR_SYSTEM, "system")		/* the operating system said no */ \
	X(ERROR_FULL, "full")			/* no space or over a limit */ \
	X(ERROR_STORE, "store") \
	X(ERROR_BUSY, "busy")			/* locked by somebody else; try later */ \
	X(ERROR_NETWORK, "network")		/* no answer, or a broken one */ \
	X(ERROR_DENIED, "denied")		/* authenticated, not allowed */ \
	X(ERROR_CREDENTIALS, "credentials")	/* none, expired or not accepted */ \
	X(ERROR_THROTTLED, "throttled") \
	X(ERROR_REMOTE, "remote")		/* the service answered with an error */ \
	X(ERROR_CLOCK, "clock")			/* our clock or theirs is wrong */ \
	X(ERROR_STOPPED, "stopped")		/* asked to stop */

enum error_kind {
#define X(id, name) id,
	ERROR_KINDS(X)
#undef X
};

enum { ERROR_TEXT_MAX = 1024 };

struct error {
	enum error_kind kind;
	char text[ERROR_TEXT_MAX];
};

#define ERROR_INIT { .kind = ERROR_NONE, .text = "" }

/* Sets kind and text. Always returns false, so failing is one line. */
__attribute__((format(printf, 3, 4)))
bool error_set(struct error *err, enum error_kind kind, const char *fmt, ...);

/* As error_set, and ends the text with ": " and strerror(errno). */
__attribute__((format(printf, 3, 4)))
bool error_errno(struct error *err, enum error_kind kind, const char *fmt, ...);

/* Puts "fmt: " in front of the text; keeps the kind. Always returns false. */
__attribute__((format(printf, 2, 3)))
bool error_in(struct error *err, const char *fmt, ...);

void error_clear(struct error *err);

/* "input", "denied" …; never NULL. */
const char *error_kind_name(enum error_kind kind);

#endif
