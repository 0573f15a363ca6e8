#include "core/report/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "core/intent/judge.h"

const char html_style[] =
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;--bad:#b42318;"
    "--warn:#9a6700;--good:#1a7f37;--lit:#b42318;--litfg:#fff}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#30363d;"
    "--card:#161b22;--bad:#ff7b72;--warn:#d29922;--good:#3fb950;--lit:#f85149;--litfg:#0d1117}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);"
    "font:16px/1.5 system-ui,sans-serif}main,header,footer{max-width:60rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem;"
    "border-bottom:1px solid var(--line);padding-bottom:.25rem}p{margin:.5rem 0}"
    ".tag{display:inline-block;padding:.1rem .6rem;border-radius:1rem;border:1px solid var(--line);"
    "margin:0 .3rem .3rem 0;font-size:.875rem}.high,.critical{color:var(--bad);border-color:var(--bad)}"
    ".medium{color:var(--warn);border-color:var(--warn)}.dim{color:var(--dim)}"
    ".three{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem}"
    ".box{border:1px solid var(--line);border-radius:.5rem;padding:.75rem;background:var(--card)}"
    ".lit{background:var(--lit);color:var(--litfg);border-color:var(--lit)}"
    ".box strong{display:block}dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.25rem 1rem;margin:0}"
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
    ".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem}"
    "ol,ul{padding-left:1.4rem;margin:.5rem 0}li{margin:.2rem 0;overflow-wrap:anywhere}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem}"
    "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}"
    "svg{width:100%;height:auto;display:block}svg text{fill:var(--fg);font-size:11px}"
    ".grid{stroke:var(--line)}.dot{fill:var(--lit)}.dot.ok{fill:var(--good)}"
    "details{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}"
    "summary{cursor:pointer;padding:.4rem .75rem;overflow-wrap:anywhere}"
    "pre{margin:0;padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;"
    "border-top:1px solid var(--line)}code{overflow-wrap:anywhere}"
    ":focus-visible{outline:3px solid var(--warn);outline-offset:2px}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--bg)}"
    "@media print{:root{--bg:#fff;--fg:#000}details{break-inside:avoid}.skip{display:none}}";

enum { EVENTS_MAX = 2000, DOTS_MAX = 400 };

static void
text(struct buf *out, const char *before, const char *s, const char *after)
{
	buf_puts(out, before);
	escape_html(out, s);
	buf_puts(out, after);
}

static void
heading(struct buf *out, const char *id, const char *title)
{
	buf_printf(out, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n", id, id, title);
}

static void
end_section(struct buf *out)
{
	buf_puts(out, "</section>\n");
}

static void
list(struct buf *out, const char *tag, const struct strlist *l)
{
	buf_printf(out, "<%s>", tag);
	for (size_t i = 0; i < l->len; i++)
		text(out, "<li>", l->item[i], "</li>");
	buf_printf(out, "</%s>\n", tag);
}

static void
fact(struct buf *out, const char *name, const char *value)
{
	if (str_empty(value))
		return;
	text(out, "<dt>", name, "</dt>");
	text(out, "<dd>", value, "</dd>\n");
}

static void
facts(struct buf *out, const char *name, const struct tally_texts *t)
{
	for (size_t i = 0; i < t->len; i++) {
		buf_puts(out, i == 0 ? "<dt>" : "<dt aria-hidden=\"true\">");
		escape_html(out, i == 0 ? name : "");
		text(out, "</dt><dd>", t->item[i].text, "");
		buf_printf(out, " <span class=\"dim\">%lld×</span></dd>\n", (long long)t->item[i].count);
	}
}

static void
begin(struct buf *out, const struct dossier *d, const char *style_hash)
{
	buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	buf_puts(out, style_hash);
	buf_puts(out, "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\"><link rel=\"icon\" href=\"data:,\">\n");
	text(out, "<title>", d->incident->verdict.intent, "");
	text(out, " — ", d->incident->id, "</title>\n<style>");
	buf_puts(out, html_style);
	buf_puts(out, "</style></head>\n<body><a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n");
}

static void
verdict(struct buf *out, const struct dossier *d)
{
	const struct verdict *v = &d->incident->verdict;
	char at[WHEN_TEXT_MAX];

	text(out, "<header><p class=\"dim\">keycanary incident ", d->incident->id, "");
	text(out, ", report of ", when_utc(d->now_ms, at), "</p>\n<h1 id=\"verdict\">");
	if (d->incident->drill)
		buf_puts(out, "DRILL: ");
	escape_html(out, v->summary);
	buf_puts(out, "</h1>\n<p>");
	for (size_t i = 0; i < v->intents.len; i++)
		text(out, "<span class=\"tag\">", v->intents.item[i], "</span>");
	buf_printf(out, "<span class=\"tag %s\">%s severity</span>", severity_name(v->severity),
	    severity_name(v->severity));
	buf_printf(out, "<span class=\"tag\">%s confidence</span></p>", confidence_name(v->confidence));
	buf_puts(out, "</header>\n<main>\n");
	heading(out, "why", "Why we think so");
	list(out, "ul", &v->reasons);
	end_section(out);
}

static void
footprint(struct buf *out, const struct rules *rules, const struct verdict *v)
{
	static const char *const questions[][3] = {
		{ "sandbox", "1. Sandbox", "Is the account still limited to 200 mails a day?" },
		{ "senders", "2. Senders", "Which addresses and domains may send?" },
		{ "enablement", "3. Enablement", "Is sending switched on?" },
	};

	heading(out, "footprint", "The footprint of SES");
	buf_puts(out, "<div class=\"three\" role=\"list\">");
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		bool lit = strlist_has(&v->categories, questions[i][0]);

		buf_printf(out, "<div role=\"listitem\" class=\"box%s\"><strong>%s</strong>%s<br>%s</div>\n",
		    lit ? " lit" : "", questions[i][1], questions[i][2], lit ? "Asked" : "Not asked");
	}
	buf_puts(out, "</div>\n<ul>");
	for (size_t i = 0; i < v->stages.len; i++) {
		const struct stage_rule *s = rules != NULL ? rules_stage(rules, v->stages.item[i]) : NULL;

		text(out, "<li><strong>", v->stages.item[i], "</strong> ");
		text(out, "", s != NULL ? s->about : "", "</li>");
	}
	for (size_t i = 0; i < v->findings; i++) {
		text(out, "<li><code>", v->finding[i].name, "</code> ");
		text(out, "", v->finding[i].title, "</li>");
	}
	buf_puts(out, "</ul>");
	end_section(out);
}

static void
flow(struct buf *out, const struct flow_match *f)
{
	heading(out, "flow", "Order of calls");
	buf_puts(out, "<div class=\"two\"><div class=\"box\"><strong>Observed</strong>");
	list(out, "ol", &f->observed);
	buf_puts(out, "</div><div class=\"box\">");
	if (f->id == NULL) {
		buf_puts(out, "<strong>Published</strong><p>No published attack is near.</p>");
	} else {
		text(out, "<strong>", f->title, "</strong><ol>");
		for (size_t i = 0; i < f->steps.len; i++) {
			bool seen = strlist_has(&f->observed, f->steps.item[i]);

			text(out, "<li>", f->steps.item[i], seen ? " ✓ seen</li>" : " <span class=\"dim\">not seen</span></li>");
		}
		buf_printf(out, "</ol><p>%d of %d calls seen%s.</p>", f->seen, f->total,
		    f->in_order ? ", in its order" : "");
		text(out, "<p class=\"dim\">Source: ", f->source, "</p>");
	}
	buf_puts(out, "</div></div>");
	end_section(out);
}

/* --- the time line ------------------------------------------------------------- */

static size_t
row_of(const struct tally_texts *regions, const char *region)
{
	for (size_t i = 0; i < regions->len; i++)
		if (str_eq(regions->item[i].text, region))
			return i;
	return regions->len;
}

static void
dots(struct buf *out, const struct dossier *d, int64_t span)
{
	const struct tally *t = &d->incident->tally;

	for (size_t i = 0; i < d->sightings && i < DOTS_MAX; i++) {
		const struct sighting *s = &d->sighting[i];
		size_t row = row_of(&t->regions, s->region);
		double x = s->time_ms == WHEN_NONE ? 0 : (double)(s->time_ms - t->first_ms) / (double)span;

		if (row == t->regions.len)
			continue;
		buf_printf(out, "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%zu\" r=\"5\"><title>",
		    s->failed ? "" : " ok", 150 + x * 630, 20 + row * 24);
		escape_html(out, s->name);
		buf_puts(out, s->failed ? " (refused)" : " (answered)");
		buf_puts(out, "</title></circle>");
	}
}

static void
time_line(struct buf *out, const struct dossier *d)
{
	const struct tally *t = &d->incident->tally;
	int64_t span = t->last_ms > t->first_ms ? t->last_ms - t->first_ms : 1;
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];
	size_t height = t->regions.len * 24 + 40;

	heading(out, "time", "When and where");
	if (t->first_ms == WHEN_NONE || t->regions.len == 0) {
		buf_puts(out, "<p>The times are not known.</p>");
		end_section(out);
		return;
	}
	buf_printf(out, "<p>%s to %s", when_utc(t->first_ms, a), when_utc(t->last_ms, b));
	buf_printf(out, ", %s, %.1f calls a minute.</p>\n", span_text(span / 1000, a),
	    d->incident->verdict.calls_per_minute);
	buf_printf(out, "<div class=\"scroll\"><svg viewBox=\"0 0 800 %zu\" role=\"img\" "
	    "aria-label=\"Calls over time, one line a region; the table of events below says the same\">", height);
	for (size_t i = 0; i < t->regions.len; i++) {
		buf_printf(out, "<line class=\"grid\" x1=\"150\" x2=\"780\" y1=\"%zu\" y2=\"%zu\"/>", 20 + i * 24,
		    20 + i * 24);
		buf_printf(out, "<text x=\"0\" y=\"%zu\">", 24 + i * 24);
		text(out, "", t->regions.item[i].text, "</text>");
	}
	dots(out, d, span);
	buf_puts(out, "</svg></div>\n");
	end_section(out);
}

static void
actors(struct buf *out, const struct dossier *d)
{
	const struct incident *i = d->incident;
	char *tools = strlist_join(&i->verdict.tools, ", ");

	heading(out, "who", "Who, with what");
	buf_puts(out, "<dl>");
	fact(out, "Canary", i->key_id);
	fact(out, "IAM user", i->user_name);
	fact(out, "Account", i->account);
	facts(out, "Addresses", &i->tally.addresses);
	fact(out, "Tools", tools);
	facts(out, "User agents", &i->tally.user_agents);
	facts(out, "Sessions", &i->tally.sessions);
	facts(out, "Aimed at", &i->tally.resources);
	fact(out, "Pace", i->verdict.pace);
	buf_puts(out, "</dl>");
	for (size_t n = 0; n < d->addresses; n++) {
		text(out, "<p>", d->address[n].ip, "");
		text(out, ": ", str_or(d->address[n].country, "country unknown"), "");
		text(out, ", ", str_or(d->address[n].network, "network unknown"),
		    d->address[n].tor ? ", a Tor exit</p>" : "</p>");
	}
	end_section(out);
}

static void
places(struct buf *out, const struct dossier *d)
{
	heading(out, "where", "Which copy leaked");
	if (d->placements == 0)
		buf_puts(out, "<p>No placement of this canary is on record.</p>");
	for (size_t n = 0; n < d->placements; n++) {
		const struct placement *p = &d->placement[n];

		buf_puts(out, "<dl class=\"box\">");
		fact(out, "Repository", p->remote != NULL ? p->remote : p->repo);
		fact(out, "File", p->path);
		fact(out, "Bait", p->bait);
		fact(out, "Commit", p->commit);
		fact(out, "Owner", p->owner);
		buf_puts(out, "</dl>");
	}
	end_section(out);
}

static void
what_now(struct buf *out, const struct verdict *v)
{
	heading(out, "now", "What to do now");
	list(out, "ol", &v->next_steps);
	end_section(out);
	heading(out, "next", "What such intruders do next");
	list(out, "ul", &v->likely_next);
	end_section(out);
}

/* --- what we could not see, and every event ---------------------------------------- */

static void
coverage(struct buf *out, const struct dossier *d)
{
	char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];

	heading(out, "blind", "What we could not have seen");
	buf_puts(out, "<ul>");
	for (size_t n = 0; n < d->gaps; n++) {
		const struct gap *g = &d->gap[n];

		text(out, "<li>", g->region, ": ");
		buf_printf(out, "%s to %s, ", when_utc(g->from_ms, a),
		    g->to_ms == WHEN_NONE ? "now" : when_utc(g->to_ms, b));
		text(out, "", str_or(g->detail, g->cause), g->filled_ms != WHEN_NONE ? " (read later)</li>" : "</li>");
	}
	buf_puts(out, "<li>Mail sent by SMTP, SMS to phone numbers and some other calls are never in CloudTrail.</li>"
	    "<li>Data events (SES sends, S3 objects) are in a trail only when it is set up for them, "
	    "and never in LookupEvents.</li></ul>");
	end_section(out);
}

static void
events(struct buf *out, const struct dossier *d, const struct rules *rules)
{
	size_t n = d->sightings < EVENTS_MAX ? d->sightings : EVENTS_MAX;
	char at[WHEN_TEXT_MAX];

	heading(out, "events", "Every event");
	for (size_t i = 0; i < n; i++) {
		const struct sighting *s = &d->sighting[i];

		text(out, "<details><summary>", s->time_ms == WHEN_NONE ? "time unknown" : when_utc(s->time_ms, at), " ");
		text(out, "", str_or(rules != NULL ? judge_stage(rules, &d->incident->tally, s) : s->stage, "–"), " ");
		text(out, "<strong>", str_or(s->name, "?"), "</strong> ");
		text(out, "<span class=\"dim\">", str_or(s->source, "?"), " ");
		text(out, "", str_or(s->region, ""), " ");
		text(out, "", str_or(s->error_code, "answered"), " ");
		text(out, "", sighting_kind_name(s->kind), "</span></summary><pre>");
		escape_html(out, str_or(s->raw, str_or(s->error_message, "the record was not kept")));
		buf_puts(out, "</pre></details>\n");
	}
	if (n < d->sightings || d->sightings_left_out > 0)
		buf_printf(out, "<p>%zu more are in the store; the JSON report lists all.</p>",
		    d->sightings - n + d->sightings_left_out);
	end_section(out);
}

void
html_incident(struct buf *out, const struct dossier *d, const struct rules *rules, const char *style_hash)
{
	const struct verdict *v = &d->incident->verdict;

	begin(out, d, style_hash);
	verdict(out, d);
	footprint(out, rules, v);
	flow(out, &v->flow);
	time_line(out, d);
	actors(out, d);
	places(out, d);
	what_now(out, v);
	coverage(out, d);
	events(out, d, rules);
	buf_puts(out, "</main>\n<footer class=\"dim\">Times are UTC.</footer></body></html>\n");
}
