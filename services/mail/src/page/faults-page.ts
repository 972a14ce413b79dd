import { type Html, html } from '#shared/page/html.ts';
import type { ArmedFault, FaultEffect } from '../protocol/fault-rules.ts';
import { FAULT_STAGE_NAMES } from '../protocol/fault-stages.ts';
import type { MagicRecipient } from '../protocol/magic-recipients.ts';
import { formatSmtpReply } from '../protocol/smtp-reply.ts';
import { alert, type OperatorContext, operatorPage } from './operator-frame.ts';
import { counted, OPERATOR_WORDS, type OperatorWords } from './operator-words.ts';

/** What may be matched, in the order of the form. */
export const FAULT_SUBJECTS = ['recipient', 'sender', 'client', 'account', 'command', 'server'] as const;

export interface FaultsView {
  readonly faults: readonly (ArmedFault & { readonly isSpent: boolean })[];
  readonly magic: ReadonlyMap<string, MagicRecipient>;
  /** What was filled in and refused, so that nobody types it twice. */
  readonly given: URLSearchParams;
  readonly trouble: string | null;
}

export function faultsPage(context: OperatorContext, view: FaultsView): string {
  const words = OPERATOR_WORDS[context.language];
  const { faults, magic, given, trouble } = view;
  return operatorPage(
    context,
    'faults',
    words.faults,
    html`<h1>${words.faults}</h1>
      <p class="lead">${words.faultsExplained}</p>
      ${alert(words.notDone, trouble)}
      ${faults.length === 0 ? html`<p class="empty">${words.noFaults}</p>` : faultTable(faults, words)}
      <h2>${words.setFault}</h2>
      ${faultForm(given, words)}
      ${magic.size === 0 ? null : magicTable(magic, context.domain, words)}`,
  );
}

function faultTable(faults: FaultsView['faults'], words: OperatorWords): Html {
  const head = [words.name, words.stage, words.match, words.effect, words.hits];
  return html`<div class="wide"><table class="rules">
      <thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}<th><form method="post" action="/faults"><input type="hidden" name="operation" value="remove"><button class="danger">${words.removeAll}</button></form></th></tr></thead>
      <tbody>${faults.map((fault) => faultRow(fault, words))}</tbody>
    </table></div>`;
}

function faultRow({ rule, hits, isSpent }: FaultsView['faults'][number], words: OperatorWords): Html {
  const match = Object.entries(rule.match).map(
    ([subject, pattern]) => `${words.subjects[subject as never]}: ${pattern}`,
  );
  const most = rule.times === null ? '' : words.ofTimes.replace('{count}', String(rule.times));
  const chance = rule.probability === 1 ? '' : `, ${words.withProbability.replace('{p}', String(rule.probability))}`;
  return html`<tr>
    <th scope="row">${rule.name}</th><td>${words.stages[rule.stage]}</td>
    <td>${match.length === 0 ? words.everybody : match.join(', ')}</td><td><code>${effectText(rule.effect, words)}</code>${chance}</td>
    <td>${counted(words.times, hits)} ${most}${isSpent ? html` <span class="held">${words.spent}</span>` : null}</td>
    <td><form method="post" action="/faults"><input type="hidden" name="operation" value="remove"><input type="hidden" name="name" value="${rule.name}"><button>${words.remove}</button></form></td>
  </tr>`;
}

function faultForm(given: URLSearchParams, words: OperatorWords): Html {
  const value = (name: string, otherwise = '') => given.get(name) ?? otherwise;
  const option = (name: string, text: string, chosen: string) =>
    html`<option value="${name}"${name === chosen ? html` selected` : null}>${text}</option>`;
  const text = (name: string, label: string, otherwise = '', more: Html | null = null) =>
    html`<label><span>${label}</span><input name="${name}" value="${value(name, otherwise)}" autocapitalize="none" spellcheck="false"${more}></label>`;
  const kinds = (['reply', 'drop', 'delay'] as const).map((kind) =>
    option(kind, words.kinds[kind], value('kind', 'reply')),
  );
  const stages = FAULT_STAGE_NAMES.map((stage) => option(stage, words.stages[stage], value('stage', 'smtp-rcpt')));
  return html`<form class="set" method="post" action="/faults">
    <input type="hidden" name="operation" value="set">
    <div class="fields">
      ${text('name', words.name, 'not-now', html` required`)}
      <label><span>${words.stage}</span><select name="stage">${stages}</select></label>
    </div>
    <fieldset><legend>${words.match}</legend>
      <div class="fields">${FAULT_SUBJECTS.map((subject) => text(subject, words.subjects[subject]))}</div>
      <small>${words.pattern}</small>
    </fieldset>
    <div class="fields">
      <label><span>${words.kind}</span><select name="kind">${kinds}</select></label>
      ${text('code', words.code, '451', html` inputmode="numeric"`)}
      ${text('text', words.text, 'Not now')}
      ${text('delayMs', words.delay, '0', html` inputmode="numeric"`)}
      ${text('times', words.timesMax, '', html` inputmode="numeric"`)}
      ${text('probability', words.probability, '1', html` inputmode="decimal"`)}
    </div>
    <div class="buttons"><button class="main">${words.set}</button></div>
  </form>`;
}

/** `-data` stands behind every name, and is told once above the table. */
function magicTable(magic: FaultsView['magic'], domain: string, words: OperatorWords): Html {
  const shown = [...magic].filter(([, { stage }]) => stage !== 'smtp-message');
  return html`<h2>${words.magic}</h2>
    <p class="lead">${words.magicExplained.replace('{domain}', domain)}</p>
    <div class="wide"><table>
      <thead><tr><th scope="col">${words.localPart}</th><th scope="col">${words.effect}</th></tr></thead>
      <tbody>${shown.map(([name, one]) => html`<tr><th scope="row"><code>${name}@</code></th><td><code>${magicText(one, words)}</code></td></tr>`)}</tbody>
    </table></div>`;
}

function effectText({ delayMs, does }: FaultEffect, words: OperatorWords): string {
  const { breaks, breaksAfter, goesOn, after } = words.effects;
  const what =
    does.kind === 'reply'
      ? formatSmtpReply(does.reply)
      : does.kind === 'go-on'
        ? goesOn
        : does.afterOctets > 0
          ? breaksAfter.replace('{octets}', String(does.afterOctets))
          : breaks;
  return delayMs === 0 ? what : after.replace('{ms}', String(delayMs)).replace('{what}', what);
}

function magicText({ stage, effect }: MagicRecipient, words: OperatorWords): string {
  if (effect.kind === 'reply') return formatSmtpReply(effect.reply);
  if (effect.kind === 'drop') return stage === 'smtp-stored' ? words.effects.whenStored : words.effects.breaks;
  return words.effects[effect.kind];
}
