/** What a message must keep to once its form is right (BEP 3, "peer messages"): what breaks it ends the connection. */
import { keyOfOctets } from '#shared/bittorrent/bencode.ts';
import { lengthOfPiece, type PieceGrid } from '#shared/bittorrent/metainfo.ts';
import { BLOCK_OCTETS, type Block, type PeerMessage } from '#shared/bittorrent/peer-message.ts';

/**
 * Whether a client sends a bitfield also later. BEP 3 has it "only ever sent as the first message", but aria2 1.36 puts one in
 * the place of several `have`, and a connection that broke whenever aria2 got ahead would serve nobody.
 */
export function sendsLateBitfields(peerId: Uint8Array): boolean {
  return keyOfOctets(peerId.subarray(0, 3)) === 'A2-';
}

/** The rule that `message` breaks, as a sentence, or null. */
export function breachOf(message: PeerMessage, grid: PieceGrid, mayBeBitfield: boolean): string | null {
  switch (message.kind) {
    case 'bitfield':
      return mayBeBitfield ? null : 'a bitfield may only be the first message';
    case 'have':
      return message.index < grid.pieceCount ? null : `there is no piece ${message.index}`;
    case 'request':
    case 'cancel':
      return message.length <= BLOCK_OCTETS
        ? outside(message, grid)
        : `a block of ${message.length} octets is too long`;
    case 'piece':
      return outside({ ...message, length: message.block.length }, grid);
    default:
      return null;
  }
}

function outside(block: Block, grid: PieceGrid): string | null {
  if (block.index >= grid.pieceCount) return `there is no piece ${block.index}`;
  if (block.length === 0) return 'a block has at least one octet';
  const end = block.begin + block.length;
  return end <= lengthOfPiece(grid, block.index) ? null : `the block ends at ${end}, behind the end of its piece`;
}
