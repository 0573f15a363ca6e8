/* keycanary policy: what to attach to whom, in AWS. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "work/policies.h"

static const struct opt policy_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "the list as JSON" },
	{ .name = NULL },
};

static bool
list_policies(const struct cmd_ctx *ctx, struct error *err)
{
	static const char *const columns[] = { "name", "for", NULL };
	struct strlist all = STRLIST_INIT;
	struct list l;
	bool ok = policies_list(&all, err);

	list_begin(&l, ctx, "policies", columns);
	for (size_t i = 0; ok && i < all.len; i++) {
		char *tab = strchr(all.item[i], '\t');

		*tab = '\0';
		list_cell(&l, all.item[i]);
		list_cell(&l, tab + 1);
	}
	strlist_clear(&all);
	return list_end(&l, ok, err);
}

static int
policy_run(struct cmd_ctx *ctx, struct error *err)
{
	struct buf out = BUF_INIT(BUF_RECORD);

	if (ctx->argc == 0)
		return list_policies(ctx, err) ? EXIT_FINE : -1;
	return policies_read(ctx->argv[0], &out, err) && show_buffer(&out, err) ? EXIT_FINE : -1;
}

const struct cmd cmd_policy = {
	.name = "policy",
	.group = "set up",
	.args = "[NAME]",
	.about = "print the IAM policies and templates for your accounts",
	.help =
	    "Without a name, lists them. Two identities are needed, and it is wise to keep\n"
	    "them apart:\n"
	    "\n"
	    "  the monitor   runs day and night and only reads (monitor.json)\n"
	    "  the minter    makes and deletes users, and is used by hand (minter.json)\n"
	    "\n"
	    "The minter may give a user it makes any policy: whoever holds it owns the\n"
	    "account. So mint in an account of its own with nothing in it, put the guard\n"
	    "(account-guard.json, a service control policy) on that account, and nothing\n"
	    "that happens there can cost money or send mail. minter-bounded.json goes\n"
	    "further: it makes users inside the boundary only (mint --boundary ARN), at the\n"
	    "price that a denial may name a permissions boundary.",
	.examples = "  keycanary policy monitor > monitor.json\n"
	    "  keycanary policy decoy-account.tf > decoys/main.tf",
	.opts = policy_opts,
	.max_args = 1,
	.run = policy_run,
};
