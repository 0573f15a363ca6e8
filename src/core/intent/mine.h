/*
 * core/intent/mine.h: what an error message gives away.
 *
 * A decoy denies everything and a denied call often has no parameters: then
 * the message is all there is. It names the action, often the resource, and
 * the policy that refused. The shapes (AWS IAM User Guide, "Troubleshoot
 * access denied error messages", and records seen):
 *
 *   User: ARN is not authorized to perform: ses:X on resource: ARN because no identity-based policy allows the ses:X action
 *   … with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/NAME
 *   … with an explicit deny in a service control policy / permissions boundary / session policy
 *   … on resource: user NAME
 *   User: ARN is not authorized to perform: (ses:X) / ses:X. / "ses:X"
 *   {"Message":"User: ARN is not authorized to perform: lambda:X on resource: …"}
 *   You are not authorized to perform this operation. User: … Encoded authorization failure message: …
 *
 * Pure; never trusts the text: each part is one bounded word.
 */
#ifndef CORE_INTENT_MINE_H
#define CORE_INTENT_MINE_H

#include <stdbool.h>

struct refusal {
	char *actor;		/* ARN behind "User:"; NULL */
	char *service;		/* "ses"; NULL */
	char *action;		/* "CreateEmailIdentity"; NULL */
	char *resource;		/* ARN or name; NULL for none and for "*" */
	char *policy;		/* ARN or name of the policy that refused; NULL */
	char *why;		/* "no identity-based policy", "an identity-based policy", "a service control policy"; NULL */
	bool explicit_deny;
};

/* All members NULL when the message is NULL or tells nothing. refusal_clear() frees. */
void refusal_mine(const char *message, struct refusal *out);
/* AWS's quarantine is the policy that refused: the key is known in public. */
bool refusal_by_quarantine(const struct refusal *r);
void refusal_clear(struct refusal *r);
/*
 * What an ARN means to people: the identity of an SES identity ARN, the name
 * of a user, role, group or policy; else the ARN itself. Borrowed from `arn`.
 */
const char *arn_short(const char *arn);

#endif
