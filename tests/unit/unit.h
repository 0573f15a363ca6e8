/* What every unit test includes. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Fails with the row's name in front. */
#define CHECK(name, condition) \
	do { \
		if (!(condition)) \
			fail_msg("%s: %s", (name), #condition); \
	} while (0)
#define CHECK_STR(name, got, want) \
	do { \
		const char *got_ = (got), *want_ = (want); \
		if ((got_ == NULL) != (want_ == NULL) || (got_ != NULL && strcmp(got_, want_) != 0)) \
			fail_msg("%s: got \"%s\", want \"%s\"", (name), got_ ? got_ : "(null)", \
			    want_ ? want_ : "(null)"); \
	} while (0)

#endif
