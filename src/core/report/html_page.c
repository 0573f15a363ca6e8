#include "base/escape.h"
#include "core/report/html.h"
#include "core/report/html_int.h"

const char html_style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;"
    "--bad:#b42318;--warn:#9a6700;--good:#1a7f37;--lit:#b42318;--litfg:#fff;--shade:#ffe9b3}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#30363d;"
    "--card:#161b22;--bad:#ff7b72;--warn:#d29922;--good:#3fb950;--lit:#f85149;--litfg:#0d1117;--shade:#4d3800}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);"
    "font:16px/1.5 system-ui,sans-serif}main,header,footer{max-width:62rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0 .75rem;overflow-wrap:anywhere}"
    "h2{font-size:1.2rem;margin:2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}"
    "h3{font-size:1rem;margin:1rem 0 .25rem}.box h3{margin-top:0}header{padding-bottom:0}main{padding-top:0}p{margin:.5rem 0}a{color:inherit}"
    ".tag{display:inline-block;padding:.1rem .6rem;border-radius:1rem;border:1px solid var(--line);"
    "margin:0 .3rem .3rem 0;font-size:.875rem}.high,.critical{color:var(--bad)}.medium{color:var(--warn)}"
    ".tag.high,.tag.critical,.tag.medium{border-color:currentcolor}.dim{color:var(--dim)}.good{color:var(--good)}"
    ".three{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem}"
    ".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.75rem}"
    ".box{border:1px solid var(--line);border-radius:.5rem;padding:.75rem;background:var(--card);min-width:0}"
    ".lit{background:var(--lit);color:var(--litfg);border-color:var(--lit)}.box ul,.box ol{margin:.25rem 0 0}"
    ".todo{border-left:4px solid var(--lit);border-radius:0 .5rem .5rem 0}"
    "dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.25rem 1rem;margin:0}"
    "dl+dl{margin-top:.75rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere;min-width:0}"
    "ol,ul{padding-left:1.4rem;margin:.5rem 0}li{margin:.2rem 0;overflow-wrap:anywhere}"
    ".scroll{overflow-x:auto}.scroll:focus-visible{outline-offset:-2px}"
    "table{border-collapse:collapse;width:100%;font-size:.875rem}"
    "th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}.n{text-align:right}.t{white-space:nowrap}"
    "svg{width:100%;min-width:38rem;height:auto;display:block}svg text{fill:var(--fg);font-size:11px}"
    "svg text.axis{fill:var(--dim)}.grid{stroke:var(--line)}.dot{fill:var(--lit)}.dot.ok{fill:var(--good)}"
    ".blind{fill:var(--shade)}.bar{fill:var(--dim)}.bar.hot{fill:var(--lit)}"
    "details{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}"
    "summary{cursor:pointer;padding:.4rem .75rem;overflow-wrap:anywhere}"
    "pre{margin:0;padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;"
    "border-top:1px solid var(--line)}code{overflow-wrap:anywhere;font-size:.9em}"
    ":focus-visible{outline:3px solid var(--warn);outline-offset:2px}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--bg);padding:.5rem}"
    "@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--card:#fff;--lit:#b42318;--litfg:#fff}"
    "body{font-size:11pt}.lit,.dot,.bar,.blind{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "section,.box,details,svg{break-inside:avoid}#events{break-inside:auto}.skip{display:none}svg{min-width:0}}";

void
html_text(struct buf *out, const char *before, const char *s, const char *after)
{
	buf_puts(out, before);
	escape_html(out, s != NULL ? s : "");
	buf_puts(out, after);
}

void
html_begin(struct buf *out, const char *title, const char *style_hash, const char *skip_to)
{
	buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	buf_puts(out, style_hash);
	buf_puts(out, "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n");
	html_text(out, "<title>", title, "</title>\n<style>");
	buf_puts(out, html_style);
	buf_printf(out, "</style></head>\n<body><a class=\"skip\" href=\"#%s\">Skip to the content</a>\n", skip_to);
}

void
html_end(struct buf *out)
{
	buf_puts(out, "</main>\n<footer class=\"dim\">All times are UTC. This page loads nothing and runs nothing."
	    "</footer></body></html>\n");
}

void
html_section(struct buf *out, const char *id, const char *title)
{
	buf_printf(out, "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>\n", id, id, id, title);
}

void
html_section_end(struct buf *out)
{
	buf_puts(out, "</section>\n");
}

void
html_list(struct buf *out, const char *tag, const struct strlist *l)
{
	if (l->len == 0)
		return;
	buf_printf(out, "<%s>", tag);
	for (size_t i = 0; i < l->len; i++)
		html_text(out, "<li>", l->item[i], "</li>");
	buf_printf(out, "</%s>\n", tag);
}

void
html_fact(struct buf *out, const char *name, const char *value)
{
	if (str_empty(value))
		return;
	html_text(out, "<dt>", name, "</dt>");
	html_text(out, "<dd>", value, "</dd>\n");
}

void
html_count(struct buf *out, int64_t n, const char *noun)
{
	buf_printf(out, "%lld %s%s", (long long)n, noun, n == 1 ? "" : "s");
}
