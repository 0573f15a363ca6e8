/* cli/person.h: who gives the command, for the audit trail. */
#ifndef CLI_PERSON_H
#define CLI_PERSON_H

/* The login name; behind sudo, whoever called it. Never NULL. */
const char *person(void);

#endif
