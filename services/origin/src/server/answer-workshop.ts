import type { Fields } from '#shared/http/fields.ts';
import { editPage, workshopPage } from '../page/workshop-page.ts';
import { parseDocumentPath } from '../protocol/document-path.ts';
import { foreignPage } from '../protocol/foreign-page.ts';
import { decodeFormUrlencoded } from '../protocol/form-urlencoded.ts';
import { isText, languageSuffix, mediaTypeOf } from '../protocol/media-type.ts';
import { fileNames, locate } from '../store/documents.ts';
import { listDocuments } from '../store/list-documents.ts';
import { type Aim, type Exchange, say, sayMoved, sendPage, writtenAuthority } from './exchange.ts';
import { readWhole } from './read-whole.ts';

/** Longest text that is edited in a page, in octets; three times as much when it is sent as a form. */
const TEXT_OCTETS_MAX = 100_000;

/** Such a page is never kept by a cache, shown inside of another, or a way to send a form elsewhere. */
const GUARDED: Fields = [
  ['Cache-Control', 'no-store'],
  [
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  ],
];

/** The page where documents are edited and touched with the mouse; only its own forms are obeyed. */
export async function answerWorkshop(exchange: Exchange, aim: Aim): Promise<void> {
  if (exchange.request.method === 'POST') return change(exchange, aim);
  const asked = fieldOf(Buffer.from(aim.target.slice(aim.path.length + 1)), 'path');
  if (asked !== '') return showEditor(exchange, aim, asked);
  const documents = (await listDocuments(aim.site, [])).map((listed) => ({
    ...listed,
    isEditable: isEditable(listed.segments.at(-1) ?? '', listed.octets, aim.rules.languages),
  }));
  const page = workshopPage(aim.path, aim.site.name, documents);
  await sendPage(exchange, 200, page, 'this is the workshop, as the documents are now', GUARDED);
}

async function showEditor(exchange: Exchange, aim: Aim, path: string): Promise<void> {
  const segments = segmentsOf(path);
  const found = segments === null ? null : await exchange.origin.documents.find(aim.site, segments, false);
  if (found?.kind !== 'document') return say(exchange, 404, 'there is no such document to edit');
  const { handle, fileName, octets } = found.document;
  try {
    if (!isEditable(fileName, octets, aim.rules.languages))
      return await say(exchange, 409, 'this document is no text of a length that can be edited here');
    const page = editPage(aim.path, path, await handle.readFile('utf8'));
    await sendPage(exchange, 200, page, 'this is a document, to be edited', GUARDED);
  } finally {
    await handle.close();
  }
}

function isEditable(fileName: string, octets: number, languages: readonly string[]): boolean {
  const isTextual = isText(mediaTypeOf(fileName)) || languageSuffix(fileName, languages) !== null;
  return isTextual && octets <= TEXT_OCTETS_MAX;
}

async function change(exchange: Exchange, aim: Aim): Promise<void> {
  const { overlay, host } = exchange.origin;
  const scheme = exchange.incoming.secure ? 'https' : 'http';
  const foreign = foreignPage(exchange.request.fields, scheme, writtenAuthority(exchange, aim.authority));
  if (foreign !== null) return say(exchange, 403, foreign);
  const octets = await readWhole(exchange.incoming, 3 * TEXT_OCTETS_MAX);
  if (octets === null) return say(exchange, 413, `texts of more than ${TEXT_OCTETS_MAX} octets are not edited here`);
  const [action, path] = [fieldOf(octets, 'action'), fieldOf(octets, 'path')];
  const segments = path === '' ? null : segmentsOf(path);
  if (path !== '' && segments === null) return say(exchange, 400, 'the path names no document');
  const now = host.clock.now();
  // What is edited here has been there: the workshop cannot be made to fill the disk.
  const isMissing = segments !== null && locate(aim.site, segments).kind !== 'file';
  if (isMissing && (action === 'edit' || action === 'touch'))
    return say(exchange, 404, `there is no such document to ${action}`);
  if (action === 'restore') await overlay.restore(aim.site, segments);
  else if (segments === null) return say(exchange, 400, 'the form names no document');
  else if (action === 'touch') await overlay.touch(aim.site, segments, now);
  else if (action === 'edit') await overlay.edit(aim.site, segments, textOf(octets), now);
  else return say(exchange, 400, 'the form names no action');
  await sayMoved(exchange, 303, aim.path);
}

/** Forms send lines with CRLF (HTML Standard, section 4.10.21.8); documents have LF. */
function textOf(octets: Uint8Array): Uint8Array {
  return Buffer.from(fieldOf(octets, 'text').replaceAll('\r\n', '\n'));
}

function fieldOf(octets: Uint8Array, name: string): string {
  return decodeFormUrlencoded(octets)?.find((field) => field.name === name)?.value ?? '';
}

function segmentsOf(path: string): readonly string[] | null {
  const named = parseDocumentPath(path.startsWith('/') ? path : `/${path}`);
  return named.kind === 'path' ? fileNames(named) : null;
}
