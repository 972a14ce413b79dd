import { formatEntityTag } from '#shared/http/entity-tag.ts';
import type { Fields } from '#shared/http/fields.ts';
import {
  judgeConditions,
  judgeUpload,
  tooLarge,
  UPLOAD_OCTETS_MAX,
  type UploadRefusal,
} from '../protocol/judge-upload.ts';
import { mediaTypeOf } from '../protocol/media-type.ts';
import { locate, type OpenDocument } from '../store/documents.ts';
import { DEPTH_MAX, listDocuments } from '../store/list-documents.ts';
import { type Aside, PlaceTaken } from '../store/overlay.ts';
import { type Aim, type Exchange, say } from './exchange.ts';

/** Documents that a writable folder holds. */
const DOCUMENTS_MAX = 200;
/** Longest name of a document, in octets. */
const NAME_OCTETS_MAX = 200;

/** PUT and DELETE below a writable folder (RFC 9110, sections 9.3.4 and 9.3.5). What was answered with success outlasts a crash. */
export async function answerUpload(exchange: Exchange, aim: Aim, segments: readonly string[]): Promise<void> {
  const { request } = exchange;
  if (segments.some((name) => Buffer.byteLength(name) > NAME_OCTETS_MAX))
    return refuse(exchange, { status: 414, because: `names of more than ${NAME_OCTETS_MAX} octets are not kept` });
  if (request.method === 'DELETE') return remove(exchange, aim, segments);
  const refused =
    judgeUpload(request, mediaTypeOf(segments.at(-1) ?? '')) ??
    judgePlace(aim, segments) ??
    (await judgeRoom(aim, segments)) ??
    // Once before the body is asked for, and again when it is there and nobody else may write.
    judgeConditions(request, await current(exchange, aim, segments), exchange.now);
  if (refused !== null) return refuse(exchange, refused);
  const aside = await receive(exchange);
  if (aside === null) return;
  const outcome = await install(exchange, aim, segments, aside);
  if ('status' in outcome) return refuse(exchange, outcome);
  // RFC 9110, section 9.3.4: a validator, because the octets are kept as they came.
  const fields: Fields = outcome.etag === null ? [] : [['ETag', outcome.etag]];
  if (outcome.isNew) await say(exchange, 201, 'the document is new', { fields, links: [aim.path] });
  else await say(exchange, 204, 'the document is replaced', { fields });
}

/** Serves what was received, if the conditions of the client still hold. */
function install(exchange: Exchange, aim: Aim, segments: readonly string[], aside: Aside) {
  const { overlay, host } = exchange.origin;
  return overlay.exclusively(aim.site, async () => {
    const before = await current(exchange, aim, segments);
    const refused = (await judgeRoom(aim, segments)) ?? judgeConditions(exchange.request, before, exchange.now);
    if (refused !== null) {
      await overlay.discard(aside);
      return refused;
    }
    try {
      await overlay.install(aim.site, segments, aside, host.clock.now());
    } catch (error) {
      if (error instanceof PlaceTaken) return { status: 409, because: error.message };
      throw error;
    }
    const after = await current(exchange, aim, segments);
    return { isNew: before === null, etag: after === null ? null : formatEntityTag(after.etag) };
  });
}

async function remove(exchange: Exchange, aim: Aim, segments: readonly string[]): Promise<void> {
  const { overlay } = exchange.origin;
  const refused = await overlay.exclusively(aim.site, async (): Promise<UploadRefusal | null> => {
    const before = await current(exchange, aim, segments);
    const failed = judgeConditions(exchange.request, before, exchange.now);
    if (failed !== null) return failed;
    if (before === null) return { status: 404, because: 'there is no such document' };
    await overlay.remove(aim.site, segments);
    return null;
  });
  if (refused === null) await say(exchange, 204, 'the document is deleted');
  else await refuse(exchange, refused);
}

/** The body on the disk, with all of its octets; null when it did not come, and the client has its answer. */
async function receive(exchange: Exchange): Promise<Aside | null> {
  try {
    return await exchange.origin.overlay.writeAside(limited(exchange.incoming.body()));
  } catch (error) {
    if (error instanceof TooLong) await refuse(exchange, tooLarge());
    else exchange.incoming.reply.breakOff();
    return null;
  }
}

class TooLong extends Error {}

async function* limited(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let octets = 0;
  for await (const chunk of body) {
    octets += chunk.length;
    if (octets > UPLOAD_OCTETS_MAX) throw new TooLong();
    yield chunk;
  }
}

/** Whether a folder is there, or a document where a folder would have to be. */
function judgePlace({ site }: Aim, segments: readonly string[]): UploadRefusal | null {
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const { kind } = locate(site, segments.slice(0, depth));
    if (kind !== (depth === segments.length ? 'folder' : 'file')) continue;
    return {
      status: 409,
      because: `/${segments.slice(0, depth).join('/')} is a ${kind === 'file' ? 'document' : kind}`,
    };
  }
  return null;
}

/** Whether one more document has room. */
async function judgeRoom({ site, rules, path }: Aim, segments: readonly string[]): Promise<UploadRefusal | null> {
  const folder = rules.writable.find((prefix) => path.startsWith(prefix)) ?? '/';
  const depth = folder.split('/').length - 2;
  if (segments.length - depth > DEPTH_MAX)
    return { status: 409, because: `documents are at most ${DEPTH_MAX} names below ${folder}` };
  const held = await listDocuments(site, segments.slice(0, depth));
  const name = segments.slice(depth).join('/');
  if (held.length < DOCUMENTS_MAX || held.some((listed) => listed.segments.join('/') === name)) return null;
  return { status: 507, because: `${folder} holds ${DOCUMENTS_MAX} documents: delete one first` };
}

/** The validators of what is served now, or null where nothing is. */
async function current({ origin }: Exchange, { site }: Aim, segments: readonly string[]) {
  const found = await origin.documents.find(site, segments, false);
  if (found.kind !== 'document') return null;
  const { handle, etag, modifiedMs }: OpenDocument = found.document;
  await handle.close();
  return { etag, lastModifiedMs: modifiedMs };
}

function refuse(exchange: Exchange, { status, because, fields = [] }: UploadRefusal): Promise<void> {
  return say(exchange, status, because, { fields });
}
