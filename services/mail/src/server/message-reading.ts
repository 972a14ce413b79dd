import type { Entity } from '../protocol/imap/entity.ts';
import { EntityScanner } from '../protocol/imap/entity-scanner.ts';
import { joinOctets } from '../protocol/octets.ts';
import type { Mailbox } from '../store/mailbox.ts';

/** Messages up to this size are held while they are answered; of larger ones the octets are read again where they are needed. */
const HELD_OCTETS_MAX = 256 * 1024;

/** A message as far as it was read. */
export interface ScannedMessage {
  readonly entity: Entity;
  /** All octets that were read; null when they are too many. */
  readonly octets: Uint8Array | null;
}

/** Reads a message, or only its header; null when it is gone. */
export async function scanMessage(
  mailbox: Mailbox,
  uid: number,
  reach: 'header' | 'whole',
  octetsMax = Number.POSITIVE_INFINITY,
): Promise<ScannedMessage | null> {
  const pieces = await mailbox.read(uid);
  if (pieces === null) return null;
  const scanner = new EntityScanner();
  const held: Uint8Array[] = [];
  let octets = 0;
  const heldMax = Math.max(HELD_OCTETS_MAX, Number.isFinite(octetsMax) ? octetsMax : 0);
  for await (const piece of pieces) {
    scanner.push(piece);
    octets += piece.length;
    if (octets <= heldMax) held.push(piece);
    if ((reach === 'header' && scanner.isPastHeader) || octets >= octetsMax) break;
  }
  return { entity: scanner.end(), octets: octets <= heldMax ? joinOctets(held) : null };
}

/** The octets of a message from one place to another, in pieces. */
export async function* readRange(
  mailbox: Mailbox,
  uid: number,
  message: ScannedMessage,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (message.octets !== null && to <= message.octets.length) {
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
