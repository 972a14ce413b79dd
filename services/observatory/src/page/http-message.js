/**
 * Takes the text of HTTP/1 messages apart for people to look at: it judges nothing, keeps every character, and gives each the name
 * that the protocol has for it (RFC 9112, section 2.1). One character is one octet.
 *
 * @typedef {'method' | 'target' | 'version' | 'status' | 'reason' | 'blank' | 'name' | 'value' | 'line-end' | 'body' | 'other'} PartKind
 * @typedef {{ readonly kind: PartKind, readonly text: string, readonly about?: string }} Part `about`: the key of its explanation
 * @typedef {{ readonly parts: readonly Part[] }} Line
 * @typedef {{ readonly lines: readonly Line[], readonly body: string, readonly mediaType: string }} Message
 */

/** Messages that are taken out of one text; the rest is shown as the body of the last. */
const MESSAGES_MAX = 20;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(:)([ \t]*)(.*?)$/s;

/**
 * @param {string} text
 * @param {'request' | 'response'} way
 * @returns {Message[]}
 */
export function dissectMessages(text, way) {
  /** @type {Message[]} */
  const messages = [];
  let rest = text;
  while (rest !== '' && messages.length < MESSAGES_MAX) {
    const { lines, fields, head } = dissectHead(rest, way);
    const after = rest.slice(head);
    const isLast = messages.length === MESSAGES_MAX - 1;
    const octets = isLast ? after.length : Math.min(after.length, bodyOctets(fields, after, way, lines));
    messages.push({ lines, body: after.slice(0, octets), mediaType: fields.get('content-type') ?? '' });
    rest = after.slice(octets);
  }
  return messages;
}

/**
 * @param {string} text
 * @param {'request' | 'response'} way
 */
function dissectHead(text, way) {
  /** @type {Line[]} */
  const lines = [];
  /** @type {Map<string, string>} */
  const fields = new Map();
  let at = 0;
  while (at < text.length) {
    const found = /\r?\n/g;
    found.lastIndex = at;
    const end = found.exec(text);
    const content = text.slice(at, end?.index ?? text.length);
    const lineEnd = end?.[0] ?? '';
    at = end === null ? text.length : end.index + lineEnd.length;
    const parts = lines.length === 0 ? startLine(content, way) : fieldLine(content, fields);
    if (lineEnd !== '') parts.push({ kind: 'line-end', text: lineEnd, about: lineEnd === '\n' ? 'lf' : 'crlf' });
    lines.push({ parts });
    if (content === '' && lines.length > 1) break;
  }
  return { lines, fields, head: at };
}

/**
 * @param {string} content
 * @param {'request' | 'response'} way
 * @returns {Part[]}
 */
function startLine(content, way) {
  /** @type {readonly PartKind[]} */
  const kinds = way === 'request' ? ['method', 'target', 'version'] : ['version', 'status', 'reason'];
  const words = way === 'request' ? content.split(' ') : splitStatusLine(content);
  if (words.length !== kinds.length) return content === '' ? [] : [{ kind: 'other', text: content, about: 'other' }];
  return words.flatMap((word, place) => {
    const kind = kinds[place] ?? 'other';
    /** @type {Part} */
    const part = { kind, text: word, about: kind };
    /** @type {Part} */
    const blank = { kind: 'blank', text: ' ' };
    return place === 0 ? [part] : [blank, part];
  });
}

/** A reason phrase may have blanks, or be empty. @param {string} content */
function splitStatusLine(content) {
  const parts = /^(\S+) (\S+) (.*)$/s.exec(content);
  return parts === null ? [content] : parts.slice(1);
}

/**
 * @param {string} content
 * @param {Map<string, string>} fields
 * @returns {Part[]}
 */
function fieldLine(content, fields) {
  if (content === '') return [];
  const found = FIELD.exec(content);
  if (found === null) return [{ kind: 'other', text: content, about: 'other' }];
  const [, name = '', colon = '', blank = '', value = ''] = found;
  const about = name.toLowerCase();
  fields.set(about, value);
  return [
    { kind: 'name', text: name, about },
    { kind: 'blank', text: colon + blank },
    { kind: 'value', text: value, about },
  ];
}

/**
 * Where the body ends, as far as it can be told without judging: by Content-Length, else there is none in a request and
 * everything in a response (chunks are shown as they are).
 *
 * @param {Map<string, string>} fields
 * @param {string} after
 * @param {'request' | 'response'} way
 * @param {readonly Line[]} lines
 */
function bodyOctets(fields, after, way, lines) {
  if (fields.has('transfer-encoding')) {
    const end = after.indexOf('0\r\n\r\n');
    return end === -1 ? after.length : end + 5;
  }
  // The answer to HEAD, and a 304, tell the length of what they do not bring: what follows is the next status line.
  if (way === 'response' && /^HTTP\/1\.[01] \d{3} /.test(after)) return 0;
  const length = fields.get('content-length');
  if (length !== undefined && /^\d+$/.test(length)) return Number(length);
  const status = lines[0]?.parts.find(({ kind }) => kind === 'status')?.text ?? '';
  if (way === 'request' || /^(1\d\d|204|304)$/.test(status)) return 0;
  return after.length;
}
