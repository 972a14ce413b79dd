/**
 * The extension ut_pex, peer exchange (BEP 11): a peer tells its neighbours with whom it has connected since it told them last,
 * and with whom it is not connected any more. The lists are compact (BEP 23), with an octet of flags for each peer added.
 *
 *     d 5:added <6 octets for each>  7:added.f <1 octet for each>  7:dropped <6 octets for each> e
 */
import type { Endpoint } from '../report.ts';
import { type BencodeInput, decodeBencodeDictionary, encodeBencode } from './bencode.ts';
import { octetsField } from './bencode-fields.ts';
import { decodeCompactPeers, encodeCompactPeers } from './compact-peers.ts';

/** The name of the extension in the extension handshake. */
export const UT_PEX = 'ut_pex';
/** Peers in each list, at most: "should not contain more than 50 added and 50 dropped". */
export const PEX_PEERS_MAX = 50;

export interface PexPeer extends Endpoint {
  /** It has everything, or wants nothing more. */
  readonly isSeed: boolean;
  /** The sender has reached it there, so that others can too. */
  readonly isReachable: boolean;
}

export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly Endpoint[];
}

const FLAG = { seed: 0x02, reachable: 0x10 } as const;
const CLAUSE = 'BEP 11';

export function encodePex({ added, dropped }: PexMessage): Uint8Array<ArrayBuffer> {
  const flags = added.map((peer) => (peer.isSeed ? FLAG.seed : 0) | (peer.isReachable ? FLAG.reachable : 0));
  return encodeBencode(
    new Map<string, BencodeInput>([
      ['added', encodeCompactPeers(added)],
      ['added.f', Uint8Array.from(flags)],
      ['dropped', encodeCompactPeers(dropped)],
    ]),
  );
}

/** IPv6 lists (`added6`, `dropped6`) are passed over. Of longer lists the first 50 count. @throws ProtocolViolation */
export function decodePex(payload: Uint8Array): PexMessage {
  const { dictionary } = decodeBencodeDictionary(payload);
  const flags = octetsField(dictionary, 'added.f', CLAUSE) ?? new Uint8Array();
  const added = decodeCompactPeers(octetsField(dictionary, 'added', CLAUSE) ?? new Uint8Array(), PEX_PEERS_MAX);
  const dropped = decodeCompactPeers(octetsField(dictionary, 'dropped', CLAUSE) ?? new Uint8Array(), PEX_PEERS_MAX);
  return {
    added: added.map((endpoint, nth) => ({
      ...endpoint,
      isSeed: ((flags[nth] ?? 0) & FLAG.seed) !== 0,
      isReachable: ((flags[nth] ?? 0) & FLAG.reachable) !== 0,
    })),
    dropped,
  };
}
