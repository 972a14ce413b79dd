/** A message line by line as it travels, and beside it what the lines say. */

import { Html, html } from '#shared/page/html.ts';
import type { Language } from '#shared/page/language.ts';
import { decodeEncodedWords, type EncodedWord } from '../protocol/encoded-word.ts';
import type { MessageSource, SourceBlock, SourceBody, SourceField, SourceLine } from '../protocol/message-source.ts';
import type { DescribedMessage } from '../protocol/mime-message.ts';
import { alarm, number, type PageContext, page } from './frame.ts';
import { messagePath } from './paths.ts';
import { sourceLinks } from './source-links.ts';
import { SOURCE_WORDS, type SourceWords } from './source-words.ts';
import { fill, WORDS } from './words.ts';

export interface SourceView {
  readonly folder: { readonly name: string; readonly title: string };
  readonly uid: number;
  readonly subject: string;
  readonly missing: DescribedMessage['missing'];
  readonly source: MessageSource;
  readonly octetsInAll: number;
}

/** Pictures that browsers show and that are nothing but pictures. */
const PICTURE = /^image\/(?:jpeg|png|gif|webp)$/;

export function sourcePage(context: PageContext, view: SourceView): string {
  const words = SOURCE_WORDS[context.language];
  const { source, missing } = view;
  return page(
    context,
    words.title,
    html`${sourceLinks(view, 'source', context.language)}
    <h1>${words.title} <span class="quiet">${view.subject || WORDS[context.language].noSubject}</span></h1>
    <p class="lead">${words.lead}</p>
    ${missing.map((name) => alarm(WORDS[context.language].missing[name]) as Html)}
    ${facts(view, words, context.language)}
    <div class="source">${source.blocks.map((block) => blockView(block, view, context.language))}
    ${source.isCut ? html`<p class="quiet">${words.moreBlocks}</p>` : null}
    <section class="end"><h2>${words.endOfData}</h2><div class="pair"><pre>.${end()}</pre><p>${words.endOfDataHint}</p></div></section></div>`,
    true,
  );
}

function facts({ source, octetsInAll }: SourceView, words: SourceWords, language: Language): Html {
  const octets = number(source.octets, language);
  const count = number(source.eightBitOctets, language);
  const isFromHere = !source.blocks.some(
    (one) => one.kind === 'header' && one.fields.some(({ isWrittenHere }) => isWrittenHere),
  );
  const sentences = [
    source.eightBitOctets === 0 ? fill(words.sevenBit, { octets }) : fill(words.eightBit, { octets, count }),
    ...(source.octets < octetsInAll ? [fill(words.partly, { octets })] : []),
    ...(source.stuffedLines === 0
      ? []
      : [fill(source.stuffedLines === 1 ? words.stuffedOne : words.stuffed, { count: source.stuffedLines })]),
    ...(isFromHere ? [words.copyHint] : []),
  ];
  return html`<ul class="facts">${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

function blockView(block: SourceBlock, view: SourceView, language: Language): Html {
  const words = SOURCE_WORDS[language];
  switch (block.kind) {
    case 'header':
      return html`<section class="header"><h2>${block.section === '' ? words.header : fill(words.partHeader, { section: block.section })}</h2>
        ${block.section === '' ? html`<p class="quiet">${words.headerHint}</p>` : null}
        ${block.fields.map((field) => fieldView(field, words))}</section>`;
    case 'empty-line':
      return html`<section class="empty-line"><div class="pair"><pre>${end()}</pre><p><b>${words.emptyLine}.</b> ${block.section === '' ? words.emptyLineHint : words.partEmptyLineHint}</p></div></section>`;
    case 'between':
      return html`<section class="between"><div class="pair"><pre>${block.lines.map(lineView)}</pre><p class="quiet">${words.delimiter}</p></div></section>`;
    case 'body':
      return bodyView(block, view, language);
  }
}

function fieldView({ name, lines, words: encoded, value, isWrittenHere }: SourceField, words: SourceWords): Html {
  const meaning = name === '' ? words.notField : (words.fields[name.toLowerCase()] ?? null);
  return html`<div class="pair${isWrittenHere ? ' here' : ''}"><pre>${lines.map(lineView)}</pre><div>
    ${meaning === null ? null : html`<p>${meaning}</p>`}
    ${encoded.length === 0 ? null : html`<p class="decoded">${decodeEncodedWords(value)}</p>${encoded.map((word) => wordView(word, words))}`}
    ${isWrittenHere ? html`<p class="quiet">${words.writtenHere}</p>` : null}</div></div>`;
}

function wordView({ encoded, charset, encoding, decoded }: EncodedWord, words: SourceWords): Html {
  const how = encoding === 'B' ? words.base64Short : words.quotedShort;
  return html`<p class="word"><small>${fill(words.encodedWord, { charset, encoding: how })}</small><br><code>${encoded}</code> → <b>${decoded}</b></p>`;
}

function bodyView(body: SourceBody, view: SourceView, language: Language): Html {
  const words = SOURCE_WORDS[language];
  const { part, lines, linesInAll } = body;
  const isWhole = part.section === '1' && view.source.blocks.filter(({ kind }) => kind === 'body').length === 1;
  const left = linesInAll - lines.length;
  return html`<section class="body"><h2>${isWhole ? words.body : fill(words.partBody, { section: part.section })} <span class="quiet">${part.type}</span></h2>
    <div class="pair"><div><pre>${lines.map(lineView)}</pre>${left > 0 ? html`<p class="quiet">${fill(words.moreLines, { count: number(left, language) })}</p>` : null}</div>
    <div>${encodingView(body, language)}${contentView(body, view, words)}</div></div></section>`;
}

function encodingView({ part, decodedOctets }: SourceBody, language: Language): Html {
  const words = SOURCE_WORDS[language];
  if (part.encoding !== 'base64' && part.encoding !== 'quoted-printable') return html`<p>${words.notEncoded}</p>`;
  const before = decodedOctets ?? 0;
  const times =
    before === 0 ? null : new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(part.octets / before);
  return html`<p>${words[part.encoding]}</p>
    ${times === null ? null : html`<p><b>${fill(words.growth, { before: number(before, language), after: number(part.octets, language), times })}</b> ${part.encoding === 'base64' ? words.growthBase64 : null}</p>`}`;
}

function contentView(
  { part, text, decodedOctets }: SourceBody,
  { folder, uid }: SourceView,
  words: SourceWords,
): Html | null {
  const isEncoded = decodedOctets !== null;
  if (text !== null && isEncoded) return html`<p><small>${words.says}</small></p><div class="says">${text}</div>`;
  if (!PICTURE.test(part.type) || !isEncoded) return null;
  return html`<p><small>${words.shows}</small></p><img src="${messagePath(folder.name, uid)}/part/${part.section}" alt="${part.filename}">`;
}

function lineView({ octets, hasEnd, isStuffed }: SourceLine): Html {
  return html`${isStuffed ? html`<b class="stuffed">.</b>` : null}${visible(octets)}${hasEnd ? end() : null}`;
}

/** Octets that are no letters are shown by their numbers. */
function visible(octets: Uint8Array): Html {
  const runs: Html[] = [];
  let text = '';
  for (const octet of octets) {
    if (octet >= 0x20 && octet < 0x7f) {
      text += String.fromCharCode(octet);
      continue;
    }
    runs.push(
      html`${text}<b class="${octet >= 0x80 ? 'eight' : 'control'}">${octet === 0x09 ? '→' : octet.toString(16).toUpperCase().padStart(2, '0')}</b>`,
    );
    text = '';
  }
  // No line end between the pieces: they stand in a `pre`.
  return html`${new Html(runs.map((run) => run.text).join(''))}${text}`;
}

function end(): Html {
  return html`<i class="end">CRLF</i>`;
}
