import { element } from './element.js';
import { dissectMessages } from './http-message.js';
import { fill, words } from './language.js';

/** @import { Message, Part } from './http-message.js' */
/** @typedef {{ received: string, ending: 'closed' | 'silent' | 'cut', tookMs: number }} Heard */

/** Characters of a body that are drawn. */
const BODY_CHARACTERS_MAX = 4_000;
/** What stands for the octets that end a line. */
const LINE_ENDS = /** @type {Record<string, string>} */ ({ '\r\n': 'CR LF', '\n': 'LF' });

/** Draws what was said and what was answered, each part in its colour, with its meaning when one points at it. */
export class ExchangeView {
  #about;

  /** @param {HTMLElement} about where meanings are shown */
  constructor(about) {
    this.#about = about;
  }

  /**
   * @param {string} host
   * @param {string} sent
   * @param {Heard} heard
   */
  draw(host, sent, { received, ending, tookMs }) {
    const answer =
      received === '' ? [element('p', 'ending', words.http.nothing)] : this.#messages(received, 'response');
    const took = fill(words.http.received, received.length, Math.round(tookMs));
    return element(
      'article',
      '',
      element('h2', 'request', `${fill(words.http.sent, sent.length)} → ${host}`),
      ...this.#messages(sent, 'request'),
      element('h2', 'response', `${host} → ${took}`),
      ...answer,
      element('p', 'ending', words.http.endings[ending]),
    );
  }

  /**
   * @param {string} text
   * @param {'request' | 'response'} way
   */
  #messages(text, way) {
    return dissectMessages(text, way).map((message) => this.#message(message, way));
  }

  /**
   * @param {Message} message
   * @param {'request' | 'response'} way
   */
  #message({ lines, body, mediaType }, way) {
    const box = element('div', `message ${way}`);
    for (const { parts } of lines) {
      const line = element('div', 'octets', ...parts.map((part) => this.#part(part)));
      const isBlank = parts.length === 1 && parts[0]?.kind === 'line-end';
      if (isBlank) line.append(element('span', 'note', words.http.blankLine));
      box.append(line);
    }
    if (body !== '') box.append(...bodyOf(body, mediaType));
    else box.append(element('p', 'note', words.http.noBody));
    return box;
  }

  /** @param {Part} part */
  #part({ kind, text, about }) {
    const made = element('span', kind, LINE_ENDS[text] ?? readable(text));
    const meaning = about === undefined ? undefined : (words.http.parts[about] ?? words.http.fields[about]);
    if (meaning === undefined) return made;
    made.tabIndex = kind === 'line-end' ? -1 : 0;
    for (const event of ['mouseenter', 'focus', 'click']) {
      made.addEventListener(event, () =>
        this.#about.replaceChildren(element('b', kind, LINE_ENDS[text] ?? readable(text)), ` ${meaning}`),
      );
    }
    return made;
  }
}

/**
 * @param {string} body
 * @param {string} mediaType
 */
function bodyOf(body, mediaType) {
  const title = element('p', 'note', fill(words.http.body, body.length));
  const isText = mediaType === '' || /^(text\/|application\/json|multipart\/|image\/svg)/i.test(mediaType);
  if (!isText) return [title, element('p', 'note', fill(words.http.binary, body.length, mediaType))];
  const shown = element('pre', 'body', readable(body.slice(0, BODY_CHARACTERS_MAX)));
  const rest = body.length - BODY_CHARACTERS_MAX;
  return rest > 0 ? [title, shown, element('p', 'note', fill(words.http.more, rest))] : [title, shown];
}

/** Octets as the text that they are in UTF-8. @param {string} octets */
function readable(octets) {
  return new TextDecoder().decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
}
