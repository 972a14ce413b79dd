import { type Html, html } from '#shared/page/html.ts';
import { formatNamedAddress, type NamedAddress } from '../protocol/address-field.ts';
import { type FormPlace, formatFormPlace } from '../protocol/form-place.ts';
import { alarm, field, type PageContext, page, size, token } from './frame.ts';
import { WORDS, type Words } from './words.ts';

export const PRESETS = ['meaning', 'korean'] as const;
export type Preset = (typeof PRESETS)[number];

/** A letter that is being written. */
export interface Draft {
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly subject: string;
  readonly text: string;
  /** Message identifiers, separated by blanks. */
  readonly inReplyTo: string;
  readonly references: string;
  /** From is the address alone, without a name. */
  readonly isPlainFrom: boolean;
  /** An attached page becomes the message. */
  readonly isPage: boolean;
  /** Where it lies in Drafts. */
  readonly place: FormPlace | null;
  /** The message that it answers or passes on. */
  readonly original: { readonly kind: 'reply' | 'forward'; readonly place: FormPlace } | null;
  readonly attachments: readonly DraftAttachment[];
  /** It was kept just now. */
  readonly isKept: boolean;
}

export interface DraftAttachment {
  /** Names it in the form. */
  readonly place: string;
  readonly filename: string;
  readonly type: string;
  readonly octets: number;
}

export interface ComposeView {
  readonly draft: Draft;
  readonly own: NamedAddress;
  readonly trouble: string | null;
  /** Tells this form from others: what it sends, it sends once. */
  readonly letter: string;
}

/**
 * HTML standard, "Implicit submission": Enter in a field presses the first button of its form, and nothing when that is
 * disabled. Without it, Enter behind an address would send a letter that is not written yet.
 */
const NO_DEFAULT = html`<button disabled hidden></button>`;

export function composePage(context: PageContext, { draft, own, trouble, letter }: ComposeView): string {
  const words = WORDS[context.language];
  // What is wrong with a letter is nearly always a receiver.
  const beginsAtTo = draft.to === '' || trouble !== null;
  const address = (name: 'to' | 'cc' | 'bcc', more: Html | null = null) =>
    html`<input name="${name}" value="${draft[name]}" autocapitalize="none" spellcheck="false" autocomplete="off"${more}>`;
  return page(
    context,
    words.compose,
    html`<div class="head"><h1>${words.compose}</h1><nav class="presets" aria-label="${words.presets}"><span class="quiet">${words.presets}</span>
        ${PRESETS.map((one) => html`<a href="/compose?preset=${one}">${words.presetNames[one]}</a>`)}</nav></div>
      ${alarm(trouble)}
      ${draft.isKept ? html`<p class="news" role="status">${words.draftKept}</p>` : null}
      <form class="letter" method="post" action="/compose" enctype="multipart/form-data">
        ${hidden(context, draft)}
        <input type="hidden" name="letter" value="${letter}">
        ${NO_DEFAULT}
        ${field(words.from, fromSelect(draft, own))}
        ${field(words.to, address('to', beginsAtTo ? html` autofocus` : null), words.severalReceivers)}
        <details${draft.cc + draft.bcc === '' ? null : html` open`}><summary>${words.cc}, ${words.bcc}</summary>
        ${field(words.cc, address('cc'))}
        ${field(words.bcc, address('bcc'), words.bccHint)}</details>
        ${field(words.subject, html`<input name="subject" value="${draft.subject}">`)}
        ${field(words.text, textarea(draft, !beginsAtTo))}
        ${attachments(draft, words)}
        <div class="actions"><button name="act" value="send">${words.send}</button>
          <button class="plain" name="act" value="keep">${words.keepDraft}</button>
          <button class="plain danger" name="act" value="discard">${words.discard}</button></div>
      </form>`,
  );
}

function hidden(context: PageContext, { inReplyTo, references, place, original }: Draft): Html {
  const originalPlace = original === null ? '' : `${original.kind}/${formatFormPlace(original.place)}`;
  return html`${token(context)}
    <input type="hidden" name="inReplyTo" value="${inReplyTo}">
    <input type="hidden" name="references" value="${references}">
    <input type="hidden" name="draft" value="${place === null ? '' : formatFormPlace(place)}">
    <input type="hidden" name="original" value="${originalPlace}">`;
}

function fromSelect({ isPlainFrom }: Draft, own: NamedAddress): Html {
  return html`<select name="from"><option value="named">${formatNamedAddress(own)}</option>
    <option value="plain"${isPlainFrom ? html` selected` : null}>${own.address}</option></select>`;
}

/** The newline right behind `<textarea>` is dropped by HTML, so that one of the text's own is kept. */
function textarea({ text }: Draft, hasFocus: boolean): Html {
  return html`<textarea name="text"${hasFocus ? html` autofocus` : null}>${`\n${text}`}</textarea>`;
}

function attachments(draft: Draft, words: Words): Html {
  const kept = draft.attachments.map(
    ({ place, filename, type, octets }) =>
      html`<li><label><input type="checkbox" name="keep" value="${place}" checked> ${filename} <small class="quiet">${type}, ${size(octets)}</small></label></li>`,
  );
  return html`<fieldset class="files"><legend>${words.attachments}</legend>
    ${kept.length === 0 ? null : html`<ul>${kept}</ul>`}
    <input type="file" name="file" multiple aria-label="${words.attachFiles}">
    <label class="check"><input type="checkbox" name="page" value="yes"${draft.isPage ? html` checked` : null}> ${words.asPage}</label>
  </fieldset>`;
}
