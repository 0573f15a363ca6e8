#include "core/settings/settings.h"

#define AT(member) offsetof(struct settings, member)
#define DAY 86400

const struct setting setting_rows[] = {
	{ .path = "state.place", .sample = "/var/lib/keycanary", .kind = SETTING_PATH, .at = AT(state),
	  .about = "Where the state is kept: a directory, or a postgresql:// address." },
	{ .path = "state.password", .sample = "/etc/keycanary/pg-password", .kind = SETTING_SECRET, .at = AT(state_password),
	  .about = "Password for PostgreSQL." },
	{ .path = "state.key", .sample = "/etc/keycanary/state-key", .kind = SETTING_SECRET, .at = AT(state_key),

	  .about = "Key that seals the secrets kept for drills; without it one is made beside the state." },

	{ .path = "log.level", .at = AT(log_level), .choices = "error,warning,info,debug",
	  .initial = "info", .about = "Least important lines to write." },
	{ .path = "log.format", .at = AT(log_format), .choices = "text,json", .initial = "text",
	  .about = "Lines for people or for machines, on standard error." },

	{ .path = "watch.hot_every", .kind = SETTING_DURATION, .at = AT(hot_every_s), .min = 1,
	  .max = 3600, .initial = "8 s", .about = "How often the newest events are read again. Our own requests are events, "
	      "too: a sweep goes back 40 times as far as this, at most." },
	{ .path = "watch.hot_window", .kind = SETTING_DURATION, .at = AT(hot_window_s), .min = 60,
	  .max = DAY, .initial = "20 min", .about = "How far back that reading goes." },
	{ .path = "watch.warm_every", .kind = SETTING_DURATION, .at = AT(warm_every_s), .min = 10,
	  .max = DAY, .initial = "3 min",
	  .about = "How often the last hour is read again for late events." },
	{ .path = "watch.warm_window", .kind = SETTING_DURATION, .at = AT(warm_window_s), .min = 600,
	  .max = 7 * DAY, .initial = "60 min", .about = "How far back that goes." },
	{ .path = "watch.deep_every", .kind = SETTING_DURATION, .at = AT(deep_every_s), .min = 3600,
	  .max = 30 * DAY, .initial = "24 h", .about = "How often the last days are read again." },
	{ .path = "watch.deep_window", .kind = SETTING_DURATION, .at = AT(deep_window_s), .min = 3600,
	  .max = 90 * DAY, .initial = "72 h", .about = "How far back that goes." },
	{ .path = "watch.first_window", .kind = SETTING_DURATION, .at = AT(first_window_s), .min = 0,
	  .max = 90 * DAY, .initial = "90 days",

	  .about = "How far back the very first reading of a region goes; CloudTrail keeps 90 days." },
	{ .path = "watch.late", .kind = SETTING_DURATION, .at = AT(late_s), .min = 60, .max = DAY,
	  .initial = "20 min",
	  .about = "How late an event usually comes at most; AWS gives no promise." },
	{ .path = "watch.requests_per_minute", .kind = SETTING_INT, .at = AT(requests_per_minute),
	  .min = 1, .max = 6000, .initial = "60",
	  .about = "LookupEvents requests per account and region; AWS allows 120 to all tools together." },
	{ .path = "watch.regions_every", .kind = SETTING_DURATION, .at = AT(regions_every_s),
	  .min = 600, .max = 30 * DAY, .initial = "24 h",
	  .about = "How often the list of regions is asked for." },
	{ .path = "watch.regions", .kind = SETTING_LIST, .at = AT(regions),
	  .about = "Regions to watch in accounts that list none; empty: all that are enabled." },
	{ .path = "watch.partition", .at = AT(partition), .choices = "aws,aws-cn,aws-us-gov,aws-eusc,aws-iso,aws-iso-b,aws-iso-e,aws-iso-f",
	  .initial = "aws", .about = "The AWS partition of the accounts." },
	{ .path = "watch.timeout", .kind = SETTING_DURATION, .at = AT(timeout_s), .min = 1, .max = 600,
	  .initial = "30 s", .about = "Limit for one request, from name look-up to last byte." },

	{ .path = "safety_net.enabled", .kind = SETTING_BOOL, .at = AT(safety_net), .initial = "true",
	  .about = "Ask IAM when each key was last used, to notice calls that CloudTrail does not log." },
	{ .path = "safety_net.every", .kind = SETTING_DURATION, .at = AT(safety_every_s), .min = 60,
	  .max = DAY, .initial = "15 min", .about = "How often." },
	{ .path = "safety_net.alert_after", .kind = SETTING_DURATION, .at = AT(safety_alert_s),
	  .min = 60, .max = DAY, .initial = "35 min",
	  .about = "A use that no event explains after this long becomes a sighting." },

	{ .path = "incident.window", .kind = SETTING_DURATION, .at = AT(incident_window_s), .min = 60,
	  .max = 90 * DAY, .initial = "24 h",
	  .about = "Uses of one canary less than this apart belong to one incident." },

	{ .path = "alert.name", .sample = "keycanary at example", .at = AT(alert_name),
	  .about = "How this monitor calls itself in messages." },
	{ .path = "alert.link", .sample = "https://wiki.example/incident/", .at = AT(alert_link),
	  .about = "Address put in front of an incident's id." },
	{ .path = "alert.blind_after", .kind = SETTING_DURATION, .at = AT(blind_after_s), .min = 60,
	  .max = 7 * DAY, .initial = "15 min", .about = "A gap longer than this is told." },
	{ .path = "alert.digest_every", .kind = SETTING_DURATION, .at = AT(digest_every_s), .min = 300,
	  .max = 30 * DAY, .initial = "24 h",
	  .about = "How often what did not need an alert is summed up." },
	{ .path = "alert.cooldown", .kind = SETTING_DURATION, .at = AT(cooldown_s), .min = 0, .max = DAY,
	  .initial = "5 min",
	  .about = "Least time between two escalations of one incident on one channel." },
	{ .path = "alert.keep", .kind = SETTING_DURATION, .at = AT(keep_s), .min = DAY, .max = 3650LL * DAY,
	  .initial = "90 days",
	  .about = "Delivered messages of closed incidents are forgotten after this long." },
	{ .path = "alert.geo_country", .sample = "/usr/share/GeoIP/GeoLite2-Country.mmdb", .kind = SETTING_PATH, .at = AT(geo_country),
	  .about = "MaxMind country database." },
	{ .path = "alert.geo_network", .sample = "/usr/share/GeoIP/GeoLite2-ASN.mmdb", .kind = SETTING_PATH, .at = AT(geo_network),
	  .about = "MaxMind ASN database." },
	{ .path = "alert.geo_tor", .sample = "/var/lib/keycanary/tor-exits", .kind = SETTING_PATH, .at = AT(geo_tor),
	  .about = "List of Tor exit addresses, one a line." },

	{ .path = "heartbeat.url", .sample = "/etc/keycanary/heartbeat-url", .kind = SETTING_SECRET, .at = AT(heartbeat_url),

	  .about = "Address asked for after each complete cycle, so that somebody notices silence." },
	{ .path = "heartbeat.every", .kind = SETTING_DURATION, .at = AT(heartbeat_every_s), .min = 10,
	  .max = DAY, .initial = "60 s", .about = "At most this often." },

	{ .path = "drill.every", .kind = SETTING_DURATION, .at = AT(drill_every_s), .min = 0,
	  .max = 90 * DAY, .initial = "0 s",
	  .about = "Drill by itself this often; 0: only when asked." },
	{ .path = "drill.limit", .kind = SETTING_DURATION, .at = AT(drill_limit_s), .min = 10, .max = DAY,
	  .initial = "30 min", .about = "A drill not seen within this is an alert itself." },

	{ .path = "mint.account", .sample = "decoys", .at = AT(mint_account),
	  .about = "Account that decoys are minted in." },
	{ .path = "mint.profile", .sample = "keycanary-minter", .at = AT(mint_profile),
	  .about = "AWS profile that may mint there, apart from the monitor's; default: as the account says." },
	{ .path = "mint.style", .sample = "ci", .at = AT(mint_style),
	  .about = "House style of the names." },
	{ .path = "mint.level", .at = AT(mint_level), .choices = "silent,denied,lure", .initial = "silent",
	  .about = "What a decoy is allowed to see." },
	{ .path = "mint.boundary", .sample = "arn:aws:iam::111122223333:policy/boundary",
	  .at = AT(mint_boundary),
	  .about = "ARN of a permissions boundary." },
	{ .path = "mint.watch_retired", .kind = SETTING_DURATION, .at = AT(retired_watch_s),
	  .min = 90 * DAY, .max = 3650LL * DAY, .initial = "365 days",
	  .about = "How long a retired canary is still watched." },
	{ .path = NULL },
};
#undef AT

#define AT(member) offsetof(struct account_settings, member)
static const struct setting account_rows[] = {
	{ .path = "name", .sample = "decoys", .at = AT(name), .required = true,
	  .about = "What you call the account." },
	{ .path = "profile", .sample = "keycanary", .at = AT(profile),
	  .about = "Profile of the AWS configuration; default: as the AWS CLI would." },
	{ .path = "role_arn", .sample = "arn:aws:iam::111122223333:role/keycanary-monitor",
	  .at = AT(role_arn),
	  .about = "Role to assume." },
	{ .path = "external_id", .sample = "b7f1", .at = AT(external_id),
	  .about = "External id for that role." },
	{ .path = "home", .sample = "us-east-1", .at = AT(home),
	  .about = "Region of the first call." },
	{ .path = "plan", .sample = "auto", .at = AT(plan), .choices = "auto,sweep,per-canary", .initial = "auto",
	  .about = "How events are looked up; auto chooses by cost." },
	{ .path = "regions", .sample = "us-east-1", .kind = SETTING_LIST, .at = AT(regions),
	  .about = "Regions to watch; empty: all that are enabled." },
	{ .path = NULL },
};
#undef AT

#define AT(member) offsetof(struct channel_settings, member)
static const struct setting channel_rows[] = {
	{ .path = "name", .sample = "mail", .at = AT(name), .required = true,
	  .about = "What you call the channel." },
	{ .path = "type", .sample = "smtp", .at = AT(type), .required = true,
	  .about = "What kind of channel; each has options of its own." },
	{ .path = NULL },
};
#undef AT

#define AT(member) offsetof(struct route_settings, member)
static const struct setting route_rows[] = {
	{ .path = "channels", .sample = "smtp", .kind = SETTING_LIST, .at = AT(channels),
	  .required = true,
	  .about = "Names of channels." },
	{ .path = "severity", .sample = "high", .at = AT(severity),
	  .choices = "info,low,medium,high,critical",
	  .about = "At least this severe." },
	{ .path = "intent", .sample = "ses-*", .at = AT(intent),
	  .about = "Pattern over the intents, such as \"ses-*\"." },
	{ .path = "tag", .sample = "production", .at = AT(tag),
	  .about = "Pattern over the canary's tags." },
	{ .path = "account", .sample = "decoys", .at = AT(account),
	  .about = "Pattern over the account's name or number." },
	{ .path = NULL },
};
#undef AT

#define AT(member) offsetof(struct noise_settings, member)
static const struct setting noise_rows[] = {
	{ .path = "reason", .sample = "our own secret scanner verifies what it finds",
	  .at = AT(reason), .required = true,
	  .about = "Why this is expected; told to people." },
	{ .path = "until", .sample = "2027-06-30", .kind = SETTING_TIME, .at = AT(until_ms),
	  .required = true,
	  .about = "When the rule ends." },
	{ .path = "since", .sample = "2027-01-01", .kind = SETTING_TIME, .at = AT(from_ms),
	  .about = "When it begins." },
	{ .path = "address", .sample = "192.0.2.0/24", .at = AT(address),
	  .about = "Address or network it comes from." },
	{ .path = "user_agent", .sample = "*TruffleHog*", .at = AT(user_agent),
	  .about = "Pattern over the user agent." },
	{ .path = "event", .sample = "sts:GetCallerIdentity", .at = AT(event),
	  .about = "Pattern over the call, such as \"sts:GetCallerIdentity\"." },
	{ .path = "canary", .sample = "AKIA*", .at = AT(canary),
	  .about = "Pattern over the key id." },
	{ .path = "from", .sample = "2", .kind = SETTING_INT, .at = AT(hour_from), .min = 0,
	  .max = 23,
	  .about = "First hour of the day, UTC." },
	{ .path = "to", .sample = "5", .kind = SETTING_INT, .at = AT(hour_to), .min = 0, .max = 24,
	  .about = "Hour of the day it ends, UTC." },
	{ .path = NULL },
};
#undef AT

#define GROUP(name, type, member, list) \
	.path = (name), .rows = (list), .at = offsetof(struct settings, member), \
	.count_at = offsetof(struct settings, member##s), .size = sizeof(struct type), \
	.line_at = offsetof(struct type, line)

const struct setting_group setting_groups[] = {
	{ GROUP("accounts", account_settings, account, account_rows),

	  .about = "The AWS accounts to watch. Without any: the one your default AWS credentials belong to." },
	{ GROUP("channels", channel_settings, channel, channel_rows),
	  .about = "Where alerts go." },
	{ GROUP("routes", route_settings, route, route_rows),
	  .about = "Which alerts go where. Without any: all to all channels." },
	{ GROUP("noise", noise_settings, noise, noise_rows),
	  .about = "What is expected: stored, counted, in the digest, but no page." },
	{ .path = NULL },
};
