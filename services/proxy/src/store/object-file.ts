/**
 * The file of one stored response. Everything in it is checksummed (CRC-32, as zlib has it), the body in blocks, so that a long
 * one is verified while it streams. A file is written aside and renamed, so a crash leaves a whole file or none; the checksums
 * are for what a disk, a power cut or a person does to it later.
 *
 *     "tdc1"   u32 octets of the head   u32 CRC-32 of all that follows, up to the body   f64 octets of the body
 *     the head, as JSON   then blocks: up to 65,536 octets of the body   u32 CRC-32 of them
 */
import { crc32 } from 'node:zlib';
import type { StoredHead } from '../protocol/stored-response.ts';

/** Octets of the body that one checksum is for. */
export const BLOCK_OCTETS = 65_536;
const CHECKSUM_OCTETS = 4;
const MAGIC = 0x74_64_63_31;
const PREFIX_OCTETS = 20;
/** Longest head, in octets: far above what the proxy takes from an origin, with room for JSON's own signs. */
const HEAD_OCTETS_MAX = 1_048_576;

/** What is wrong with a file, as a part of a sentence. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

export interface FileHead {
  readonly head: StoredHead;
  /** Where the body begins. */
  readonly bodyAt: number;
}

/** The file's beginning, for a body of so many octets: its length does not depend on them, and is known before they come. */
export function encodeHead(head: StoredHead, octets: number): Buffer {
  const text = headText(head);
  const encoded = Buffer.allocUnsafe(PREFIX_OCTETS + Buffer.byteLength(text));
  writeHead(encoded, text, octets);
  return encoded;
}

/** Octets of the file's beginning. */
export function encodedHeadOctets(head: StoredHead): number {
  return PREFIX_OCTETS + Buffer.byteLength(headText(head));
}

/** Puts a whole small object into `space`, and returns its octets; where they have no room, it puts nothing. */
export function encodeObject(space: Buffer, head: StoredHead, body: Uint8Array): { octets: number; bodyAt: number } {
  const text = headText(head);
  const bodyAt = PREFIX_OCTETS + Buffer.byteLength(text);
  const octets = fileOctets(bodyAt, body.length);
  if (octets > space.length) return { octets, bodyAt };
  writeHead(space.subarray(0, bodyAt), text, body.length);
  let at = bodyAt;
  for (let from = 0; from < body.length; from += BLOCK_OCTETS) {
    const block = body.subarray(from, from + BLOCK_OCTETS);
    space.set(block, at);
    at = space.writeUInt32BE(crc32(block), at + block.length);
  }
  return { octets, bodyAt };
}

function headText(head: StoredHead): string {
  return JSON.stringify({ ...head, octets: null });
}

function writeHead(space: Buffer, text: string, octets: number): void {
  space.writeUInt32BE(MAGIC, 0);
  space.writeUInt32BE(space.length - PREFIX_OCTETS, 4);
  space.writeDoubleBE(octets, 12);
  space.write(text, PREFIX_OCTETS, 'utf8');
  space.writeUInt32BE(crc32(space.subarray(12)), 8);
}

/** Octets of the file up to its body, as far as they can be known; 0 when too few are there. @throws DamagedFile */
export function headOctets(file: Buffer): number {
  if (file.length < PREFIX_OCTETS) return 0;
  const text = file.readUInt32BE(4);
  if (file.readUInt32BE(0) !== MAGIC || text > HEAD_OCTETS_MAX) throw new DamagedFile('it does not begin as it should');
  return PREFIX_OCTETS + text;
}

/** Reads what encodeHead has made; `file` may go on behind it. @throws DamagedFile */
export function decodeHead(file: Buffer): FileHead {
  const bodyAt = headOctets(file);
  if (bodyAt === 0 || file.length < bodyAt) throw new DamagedFile('it ends inside its head');
  if (crc32(file.subarray(12, bodyAt)) !== file.readUInt32BE(8)) throw new DamagedFile('its head has another checksum');
  const head = JSON.parse(file.toString('utf8', PREFIX_OCTETS, bodyAt)) as StoredHead;
  return { head: { ...head, octets: file.readDoubleBE(12) }, bodyAt };
}

/** A block as it stands in the file, in two pieces. */
export function encodeBlock(octets: Uint8Array): [Uint8Array, Uint8Array] {
  const checksum = Buffer.alloc(CHECKSUM_OCTETS);
  checksum.writeUInt32BE(crc32(octets));
  return [octets, checksum];
}

/** The octets of a block, less its checksum. @throws DamagedFile */
export function decodeBlock(block: Buffer): Buffer {
  const octets = block.subarray(0, -CHECKSUM_OCTETS);
  if (block.length <= CHECKSUM_OCTETS || crc32(octets) !== block.readUInt32BE(octets.length)) {
    throw new DamagedFile('a block has another checksum');
  }
  return octets;
}

/** Where a block stands behind the head, and its octets with the checksum, in a body of so many octets. */
export function blockPlace(block: number, bodyOctets: number): { at: number; octets: number } {
  const octets = Math.min(BLOCK_OCTETS, bodyOctets - block * BLOCK_OCTETS);
  return { at: block * (BLOCK_OCTETS + CHECKSUM_OCTETS), octets: octets + CHECKSUM_OCTETS };
}

/** Octets of a whole file. */
export function fileOctets(headLength: number, bodyOctets: number): number {
  return headLength + bodyOctets + Math.ceil(bodyOctets / BLOCK_OCTETS) * CHECKSUM_OCTETS;
}

/** All blocks of a body, as they stand in the file. */
export function encodeBody(body: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += BLOCK_OCTETS) {
    pieces.push(...encodeBlock(body.subarray(at, at + BLOCK_OCTETS)));
  }
  return pieces;
}

/** The body from the octets behind the head. @throws DamagedFile */
export function decodeBody(file: Buffer, bodyOctets: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * BLOCK_OCTETS < bodyOctets; block += 1) {
    const { at, octets } = blockPlace(block, bodyOctets);
    blocks.push(decodeBlock(file.subarray(at, at + octets)));
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}
