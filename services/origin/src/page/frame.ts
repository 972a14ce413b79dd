/** What all pages of this program look like: calm, narrow, legible; both languages beside each other. */

import { escapeHtml } from '#shared/page/escape-html.ts';

const STYLE = `body{font:1.05em/1.6 system-ui,sans-serif;max-width:44em;margin:3em auto;padding:0 1em;color:#223;background:#fdfdfb}
h1{font-weight:600}a{color:#15587a}[lang=ko]{color:#445;word-break:keep-all}small,.note{color:#667}
table{border-collapse:collapse;width:100%;font-size:.92em}th{text-align:left;font-weight:600;color:#667}
th,td{padding:.35em .8em .35em 0;border-bottom:1px solid #e4e4de;vertical-align:top;overflow-wrap:anywhere}
th.number,td.number{text-align:right;white-space:nowrap}td.time{white-space:nowrap;font-variant-numeric:tabular-nums}
pre,textarea,code{font:.88em/1.5 ui-monospace,monospace}pre{background:#f3f3ee;padding:.8em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
textarea{width:100%;box-sizing:border-box;min-height:22em;padding:.6em;border:1px solid #bbb;border-radius:4px}
button{font:inherit;font-size:.9em;padding:.15em .7em;border:1px solid #9ab;border-radius:4px;background:#fff;color:#15587a;cursor:pointer}
button:hover,button:focus-visible{background:#eef5f9}form.inline{display:inline}
h2{font-size:1.05em;font-weight:600;margin:1.8em 0 .4em}
@media(max-width:36em){table.wide tr{display:block;padding:.5em 0;border-bottom:1px solid #e4e4de}table.wide th{display:none}
table.wide td{display:block;border:0;padding:.1em 0}}
@media(prefers-color-scheme:dark){body{background:#16191d;color:#d6dade}a,button{color:#8cc4e0}[lang=ko]{color:#aab2ba}small,.note,th{color:#98a2ac}
th,td{border-color:#2c3238}pre{background:#1f242a}button,textarea{background:#1b2026;border-color:#465;color:inherit}button:hover{background:#26303a}}`;

export function framed(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`;
}

/** A length with thin groups of three digits, as both languages read it. */
export function grouped(octets: number): string {
  return String(octets).replace(/\B(?=(\d{3})+$)/g, '&#8201;');
}
