/** A name for a file that a stranger has named: RFC 2183, section 5 and RFC 6266, section 4.3 warn of what such a name can do. */

/** Octets of a name in UTF-8 that every file system takes, an ending included. */
const NAME_OCTETS_MAX = 120;
/** Names that Windows gives to devices. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** No path, no control or invisible direction character, no leading dot, none that a shell or a system takes for something else. */
export function safeFilename(given: string, fallback: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .replace(/[<>:"|?*;%]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const name = shortened(plain);
  if (name === '') return fallback;
  return DEVICES.test(name) ? `_${name}` : name;
}

/** Shortened before its ending, between two characters. */
function shortened(name: string): string {
  const octets = (text: string) => new TextEncoder().encode(text).length;
  if (octets(name) <= NAME_OCTETS_MAX) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = '';
  for (const character of name.slice(0, name.length - ending.length)) {
    if (octets(stem + character + ending) > NAME_OCTETS_MAX) break;
    stem += character;
  }
  return stem + ending;
}

/** `attachment; filename="menu.png"; filename*=UTF-8''menu.png` (RFC 6266, with RFC 8187 for what is not ASCII). */
export function contentDisposition(kind: 'attachment' | 'inline', filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '_');
  const extended = Array.from(new TextEncoder().encode(filename), (octet) => {
    const character = String.fromCharCode(octet);
    return /[A-Za-z0-9!#$&+.^_`|~-]/.test(character)
      ? character
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${extended}`;
}
