import { escapeHtml } from '#shared/page/escape-html.ts';
import type { Language } from '#shared/page/language.ts';
import { delegationLines } from '../protocol/delegation.ts';
import type { PublicRegistration, ZoneChange } from '../protocol/registration.ts';
import { hasOneSerial, type ServerCheck, serves } from '../protocol/server-check.ts';
import type { ZoneNow } from '../registrar.ts';
import { fillWords, WORDS, type Words } from './words.ts';

/** What the name servers answered, each in a sentence. */
export function renderChecks(words: Words, domain: string, checks: readonly ServerCheck[]): string {
  const items = checks.map((check) => {
    const said = fillWords(words.findings[check.finding], { ...check, server: check.name, name: domain });
    const mark = serves(check) ? '✓' : '✗';
    const kind = serves(check) ? 'passed' : 'failed';
    return `<li class="${kind}"><b>${escapeHtml(check.name)}</b><br><span aria-hidden="true">${mark}</span> ${escapeHtml(said)}</li>`;
  });
  const differ = hasOneSerial(checks) ? '' : `<p>${words.serialsDiffer}</p>`;
  return `<h3>${words.checks}</h3>\n<ul class="checks">${items.join('\n')}</ul>${differ}`;
}

/** What the zone of the TLD has: at this moment, and what the last update changed. */
export function renderZone(
  language: Language,
  { name, now, change }: { name: string; now: ZoneNow; change: ZoneChange | null },
): string {
  const words = WORDS[language];
  const tld = name.split('.').at(-1);
  const diff =
    change === null ? '' : `<h3>${words.zoneChange} ${serials(words, change)}</h3>\n${renderDiff(name, change)}`;
  return `<section class="card"><h2>${escapeHtml(fillWords(words.zone, { tld }))}</h2>
${renderNow(words, name, now)}
${diff}
<p class="hint">${words.glueHint}</p>
</section>`;
}

function renderNow(words: Words, name: string, now: ZoneNow): string {
  if ('silent' in now) return `<p class="bad">${escapeHtml(fillWords(words.zoneSilent, { detail: now.silent }))}</p>`;
  const { server, serial, lines } = now.view;
  const said = lines.length === 0 ? words.zoneWithout : words.zoneNow;
  const heading = `<h3>${escapeHtml(fillWords(said, { server, serial, name }))}</h3>`;
  return lines.length === 0 ? heading : `${heading}\n<pre>${lines.map(escapeHtml).join('\n')}</pre>`;
}

function serials(words: Words, { serialBefore, serialAfter }: ZoneChange): string {
  return `<span class="serial">${words.serial} ${serialBefore} → ${serialAfter ?? '?'}</span>`;
}

/** The records of before and after in the form that programs compare texts in: lines that went, that came, that stayed. */
function renderDiff(name: string, change: ZoneChange): string {
  const before = delegationLines(name, change.before);
  const after = delegationLines(name, change.after);
  const line = (mark: '-' | '+' | ' ', text: string) => {
    const shown = `${mark} ${escapeHtml(text)}`;
    if (mark === ' ') return shown;
    return mark === '-' ? `<del>${shown}</del>` : `<ins>${shown}</ins>`;
  };
  const went = before.filter((text) => !after.includes(text)).map((text) => line('-', text));
  const rest = after.map((text) => line(before.includes(text) ? ' ' : '+', text));
  return `<pre class="diff">${[...went, ...rest].join('\n')}</pre>`;
}

/** Why the zone does not have it yet; nothing where it does. */
export function renderTrouble(words: Words, { name, pending }: PublicRegistration): string {
  if (pending === null) return '';
  const trouble = pending.trouble;
  const said = trouble === null ? '' : escapeHtml(fillWords(words.troubles[trouble.code], { ...trouble }));
  const again = `${escapeHtml(fillWords(words.stillWaits, pending))} <a href="/names/${escapeHtml(name)}">${words.lookAgain}</a>`;
  return `<p class="waits" role="status">${said} ${again}</p>`;
}
