/** What a message must keep to once its form is right (BEP 3, "peer messages"; BEP 6): what breaks it ends the connection. */
import { keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { isOffered, type Offer } from '#shared/bittorrent/handshake.ts';
import { lengthOfPiece, type PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type PeerMessage } from '#shared/bittorrent/peer-message.ts';

/** Messages that only exist between two peers that both offer the fast extension (BEP 6). */
const FAST_ONLY = [
  'suggest',
  'have all',
  'have none',
  'reject',
  'allowed fast',
] as const satisfies PeerMessage['kind'][];
/** Messages that say what a peer has at the beginning: "only ever sent as the first message" (BEP 3). */
const OPENING = ['bitfield', 'have all', 'have none'] as const satisfies PeerMessage['kind'][];
/**
 * Messages that may come before the opening: a connection is kept alive and extensions are agreed on at any time, and clients
 * of the field do it first.
 */
const BEFORE_OPENING = ['keep-alive', 'extended', 'unknown'] as const satisfies PeerMessage['kind'][];

/**
 * Whether a client says also later what it has. BEP 3 has a bitfield "only ever sent as the first message", but aria2 1.36 puts
 * one, or "have all", in the place of several `have`, and a connection that broke whenever aria2 got ahead would serve nobody.
 */
function opensLate(peerId: Uint8Array): boolean {
  return keyOfOctets(peerId.subarray(0, 3)) === 'A2-';
}

/** Whether nothing that says what a peer has may come after `message`. */
export function endsOpening(message: PeerMessage): boolean {
  return !isIn(BEFORE_OPENING, message);
}

/** Whether `message` may say what its sender has: nothing was said yet, or it is a client of which that is known. */
function mayStillOpen(message: PeerMessage, sender: Sender): boolean {
  return !sender.hasSpoken || (message.kind !== 'have none' && opensLate(sender.peerId));
}

/** Whether the fast extension is in force: we offer it, and so does the peer with these reserved octets (BEP 6). */
export function isFastOn(offers: readonly Offer[], reserved: Uint8Array): boolean {
  return offers.includes('fast') && isOffered(reserved, 'fast');
}

/** Of whom a message has come. */
export interface Sender {
  readonly peerId: Uint8Array;
  /** Whether something has come that ends the opening. */
  readonly hasSpoken: boolean;
  /** Whether both sides offer the fast extension. */
  readonly isFast: boolean;
}

/** The rule of order that `message` breaks, as a sentence with its document, or null. */
export function breachOfOrder(message: PeerMessage, sender: Sender): string | null {
  if (!sender.isFast && isIn(FAST_ONLY, message))
    return `BEP 6: "${message.kind}" needs the fast extension on both sides`;
  if (isIn(OPENING, message) && !mayStillOpen(message, sender))
    return `BEP 3: "${message.kind}" may only be the first message`;
  return null;
}

/** The rule that the numbers of `message` break, as a sentence with its document, or null. */
export function breachOfGrid(message: PeerMessage, grid: PieceGrid): string | null {
  switch (message.kind) {
    case 'have':
    case 'suggest':
    case 'allowed fast':
      return message.index < grid.pieceCount ? null : `BEP 3: there is no piece ${message.index}`;
    case 'request':
    case 'cancel':
    case 'reject':
      return message.length <= BLOCK_OCTETS
        ? outside(message.index, message.begin, message.length, grid)
        : `BEP 3: a block of ${message.length} octets is too long`;
    case 'piece':
      return outside(message.index, message.begin, message.block.length, grid);
    default:
      return null;
  }
}

function outside(index: number, begin: number, length: number, grid: PieceGrid): string | null {
  if (index >= grid.pieceCount) return `BEP 3: there is no piece ${index}`;
  if (length === 0) return 'BEP 3: a block has at least one octet';
  const end = begin + length;
  return end <= lengthOfPiece(grid, index) ? null : `BEP 3: the block ends at ${end}, behind the end of its piece`;
}

function isIn(kinds: readonly PeerMessage['kind'][], message: PeerMessage): boolean {
  return kinds.includes(message.kind);
}
