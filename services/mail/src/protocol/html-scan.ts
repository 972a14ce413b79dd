/**
 * The little of HTML that a list of links and codes needs: which words a reader sees, and where its anchors lead. It builds no
 * tree and repairs nothing; a page that shows HTML to people must clean it (nothing here does). Its time is linear.
 */

export type HtmlPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tag'; readonly name: string; readonly isEnd: boolean; readonly attributes: string };

/** Longest tag that is looked at, in characters: data: URLs make long ones. */
const TAG_LENGTH_MAX = 64 * 1024;
/** Elements whose content is no text that a reader sees. */
const UNSEEN = new Set(['script', 'style', 'template', 'title', 'noscript']);
/** Elements that begin or end a line. */
const LINES = new Set(
  'address article aside blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text and tags in turn; comments and what is not shown are left out. */
export function* scanHtml(html: string): Generator<HtmlPiece> {
  let at = 0;
  let unseen: string | null = null;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const textEnd = open === -1 ? html.length : open;
    if (textEnd > at && unseen === null) yield { kind: 'text', text: decodeEntities(html.slice(at, textEnd)) };
    if (open === -1) return;
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      if (end === -1) return;
      at = end + 3;
      continue;
    }
    const tag = readTag(html, open);
    at = tag.end;
    if (tag.name === '') {
      if (unseen === null) yield { kind: 'text', text: html.slice(open, tag.end) };
    } else if (unseen !== null) {
      if (tag.isEnd && tag.name === unseen) unseen = null;
    } else if (UNSEEN.has(tag.name) && !tag.isEnd) unseen = tag.name;
    else yield { kind: 'tag', name: tag.name, isEnd: tag.isEnd, attributes: tag.attributes };
  }
}

/** What a reader sees, with line ends where the page has them. */
export function htmlText(html: string): string {
  let text = '';
  for (const piece of scanHtml(html)) {
    if (piece.kind === 'text') text += piece.text.replace(/\s+/g, ' ');
    else if (LINES.has(piece.name)) text += '\n';
  }
  const lines = text.split('\n').map((line) => line.trim());
  return lines.join('\n').trim();
}

/** The value of an attribute of a tag; null when it has none of that name. */
export function attributeOf(attributes: string, name: string): string | null {
  const pattern = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
  for (const [, key = '', double, single, bare] of attributes.matchAll(pattern)) {
    if (key.toLowerCase() === name) return decodeEntities(double ?? single ?? bare ?? '');
  }
  return null;
}

/** A tag from its `<` to its `>`; a `<` that begins none is a character. */
function readTag(html: string, open: number): { name: string; isEnd: boolean; attributes: string; end: number } {
  const isEnd = html[open + 1] === '/';
  const nameAt = open + (isEnd ? 2 : 1);
  // A tag without an end takes no more than its limit with it.
  const limit = Math.min(html.length, open + TAG_LENGTH_MAX);
  const name = /^[a-z][a-z0-9:-]{0,50}/i.exec(html.slice(nameAt, nameAt + 51))?.[0].toLowerCase() ?? '';
  if (name === '') {
    // `<!doctype ...>` and `<?xml ...?>` are passed over, everything else is text.
    const isDeclaration = html[open + 1] === '!' || html[open + 1] === '?';
    if (!isDeclaration) return { name: '', isEnd: false, attributes: '', end: open + 1 };
    const end = html.indexOf('>', open);
    return { name: '!', isEnd: false, attributes: '', end: end === -1 || end >= limit ? limit : end + 1 };
  }
  let quote = '';
  for (let at = nameAt + name.length; at < limit; at += 1) {
    const character = html[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return { name, isEnd, attributes: html.slice(nameAt + name.length, at), end: at + 1 };
  }
  return { name, isEnd, attributes: '', end: limit };
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
  });
}
