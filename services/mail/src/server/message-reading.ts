import { beginEntity, type Entity } from '../protocol/imap/entity.ts';
import { EntityScanner } from '../protocol/imap/entity-scanner.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** Messages up to this size are held while they are answered; of larger ones the octets are read again where they are needed. */
const HELD_OCTETS_MAX = 256 * 1024;

/** A message as far as it was read. */
export interface ScannedMessage {
  readonly entity: Entity;
  /** The message, as far as it is looked at; null when it is too large to be held. */
  readonly octets: Uint8Array | null;
}

/** How much of a message is needed: its octets alone, its header, or all its parts. */
export type Reach = 'octets' | 'header' | 'whole';

/** Reads a message, or only its header; null when it is gone. @param octetsMax how much of it is looked at */
export async function scanMessage(
  mailbox: Mailbox,
  uid: number,
  reach: Reach,
  octetsMax = Number.POSITIVE_INFINITY,
): Promise<ScannedMessage | null> {
  const stored = mailbox.stored(uid);
  if (stored === null) return null;
  const heldMax = Math.max(HELD_OCTETS_MAX, Number.isFinite(octetsMax) ? octetsMax : 0);
  if (stored.octets <= heldMax || octetsMax <= heldMax) {
    const octets = await mailbox.readOctets(uid, Math.min(octetsMax, heldMax));
    return octets === null ? null : { entity: scanOctets(octets, reach), octets };
  }
  // Nobody looks into it: where it begins and ends is known.
  if (reach === 'octets') return { entity: wholeEntity(stored.octets), octets: null };
  const pieces = await mailbox.read(uid);
  if (pieces === null) return null;
  const scanner = new EntityScanner();
  for await (const piece of pieces) {
    scanner.push(piece);
    if (reach === 'header' && scanner.isPastHeader) break;
  }
  return { entity: scanner.end(), octets: null };
}

function scanOctets(octets: Uint8Array, reach: Reach): Entity {
  if (reach === 'octets') return wholeEntity(octets.length);
  const scanner = new EntityScanner();
  scanner.push(octets);
  return scanner.end();
}

function wholeEntity(octets: number): Entity {
  return { ...beginEntity(0), bodyTo: octets };
}

/** The octets of a message that is looked at as a whole, from one place to another, in pieces. */
export async function* readRange(
  mailbox: Mailbox,
  uid: number,
  message: ScannedMessage,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (message.octets !== null) {
    yield message.octets.subarray(from, to);
    return;
  }
  const pieces = await mailbox.read(uid);
  if (pieces === null) return;
  let at = 0;
  for await (const piece of pieces) {
    if (at + piece.length > from) yield piece.subarray(Math.max(0, from - at), to - at);
    at += piece.length;
    if (at >= to) break;
  }
}
