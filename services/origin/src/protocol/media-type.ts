/** The media type of a file by its extension: what a server may guess; `.fields` beside the documents may say otherwise. */

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  xml: 'application/xml',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  ico: 'image/vnd.microsoft.icon',
  pdf: 'application/pdf',
  mp4: 'video/mp4',
  webm: 'video/webm',
  // BEP 3 gives no type; this is the one that clients and servers have agreed on.
  torrent: 'application/x-bittorrent',
};

/** What is not known: a browser then offers to save it (RFC 9110, section 8.3). */
export const UNKNOWN_TYPE = 'application/octet-stream';

export function mediaTypeOf(fileName: string): string {
  const extension = /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension]! : UNKNOWN_TYPE;
}

/** Types whose octets are text: what a coding makes much shorter. */
export function isText(mediaType: string): boolean {
  return /^text\/|^application\/(json|xml)\b|\+xml\b/.test(mediaType);
}

/** The language that a file's name ends in, where its site has such a language and the rest is a name that says its type. */
export function languageSuffix(fileName: string, languages: readonly string[]): string | null {
  const [, rest = '', suffix = ''] = /^(.+)\.([^.]+)$/.exec(fileName) ?? [];
  return languages.includes(suffix.toLowerCase()) && mediaTypeOf(rest) !== UNKNOWN_TYPE ? suffix.toLowerCase() : null;
}
