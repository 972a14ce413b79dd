/**
 * The extension ut_metadata (BEP 9): peers give one another the info dictionary of a torrent, in parts of 16 KiB, so that a
 * magnet link with nothing but the info hash is enough to begin with.
 *
 *     request   d 8:msg_type i0e  5:piece i0e e
 *     data      d 8:msg_type i1e  5:piece i0e  10:total_size i34256e e   and the octets of the part right behind it
 *     reject    d 8:msg_type i2e  5:piece i0e e
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import { decodeBencodePrefix, encodeBencode } from './bencode.ts';
import { asDictionary, countField, required } from './bencode-fields.ts';

/** The name of the extension in the extension handshake. */
export const UT_METADATA = 'ut_metadata';
/** Octets of a part; the last one may be shorter. */
export const METADATA_PART_OCTETS = 16 * 1024;

export type UtMetadataMessage =
  | { readonly kind: 'request'; readonly piece: number }
  | { readonly kind: 'reject'; readonly piece: number }
  | { readonly kind: 'data'; readonly piece: number; readonly totalSize: number; readonly octets: Uint8Array }
  /** "In order to support future extensibility, an unrecognized message ID MUST be ignored." */
  | { readonly kind: 'unknown'; readonly type: number };

const TYPE = { request: 0, data: 1, reject: 2 } as const;
const CLAUSE = 'BEP 9';

export function encodeUtMetadata(message: Exclude<UtMetadataMessage, { kind: 'unknown' }>): Uint8Array<ArrayBuffer> {
  const dictionary = new Map<string, number>([
    ['msg_type', TYPE[message.kind]],
    ['piece', message.piece],
  ]);
  if (message.kind !== 'data') return encodeBencode(dictionary);
  const head = encodeBencode(dictionary.set('total_size', message.totalSize));
  const octets = new Uint8Array(head.length + message.octets.length);
  octets.set(head);
  octets.set(message.octets, head.length);
  return octets;
}

/** `octets` of data are a view of the payload. @throws ProtocolViolation */
export function decodeUtMetadata(payload: Uint8Array): UtMetadataMessage {
  const { value, end } = decodeBencodePrefix(payload);
  const dictionary = asDictionary(value, 'of ut_metadata', CLAUSE);
  const type = required(countField(dictionary, 'msg_type', CLAUSE), 'msg_type', CLAUSE);
  const octets = payload.subarray(end);
  if (type !== TYPE.request && type !== TYPE.data && type !== TYPE.reject) return { kind: 'unknown', type };
  const piece = required(countField(dictionary, 'piece', CLAUSE), 'piece', CLAUSE);
  if (type === TYPE.data) {
    const totalSize = required(countField(dictionary, 'total_size', CLAUSE), 'total_size', CLAUSE);
    if (octets.length > METADATA_PART_OCTETS)
      throw new ProtocolViolation('A part of the metadata is too long', end, CLAUSE);
    return { kind: 'data', piece, totalSize, octets };
  }
  return { kind: type === TYPE.request ? 'request' : 'reject', piece };
}

/** How many parts `size` octets of metadata have. */
export function metadataParts(size: number): number {
  return Math.ceil(size / METADATA_PART_OCTETS);
}
