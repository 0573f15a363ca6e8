/* core/model/audit.h: who did what to what, when. */
#ifndef CORE_MODEL_AUDIT_H
#define CORE_MODEL_AUDIT_H

#include <stdint.h>

/* Texts are borrowed from whoever shows it; `detail` may be NULL. "keycanary" is the program itself. */
struct audit_entry {
	int64_t at_ms;
	const char *who;
	const char *what;
	const char *subject;
	const char *detail;
};

#endif
