/**
 * What a tracker answers to an announce: a bencoded dictionary (BEP 3, "trackers"), with the peers as a list of dictionaries
 * or as one compact string (BEP 23). An error is the dictionary of `failure reason` alone.
 */
import { ProtocolViolation } from '../protocol-violation.ts';
import type { Endpoint } from '../report.ts';
import {
  type Bencode,
  type BencodeDictionary,
  type BencodeInput,
  decodeBencodeDictionary,
  encodeBencode,
} from './bencode.ts';
import { asDictionary, countField, octetsField, required, textField } from './bencode-fields.ts';
import { decodeCompactPeers, encodeCompactPeers } from './compact-peers.ts';

interface AnnouncedPeer extends Endpoint {
  /** Absent in compact lists. */
  readonly peerId?: Uint8Array | undefined;
}

export interface AnnounceSuccess {
  readonly kind: 'success';
  /** Seconds until the next regular announce. */
  readonly intervalS: number;
  /** Seconds before which the peer must not announce again without an event, if the tracker says. */
  readonly minIntervalS: number | null;
  /** Peers that have the whole file, and peers that do not. */
  readonly complete: number | null;
  readonly incomplete: number | null;
  readonly warning: string | null;
  readonly peers: readonly AnnouncedPeer[];
}

export type AnnounceResponse = AnnounceSuccess | { readonly kind: 'failure'; readonly reason: string };

const CLAUSE = 'BEP 3';
/** Peers of one answer that are read; a tracker that sends more than that wants to make us dial. */
const PEERS_MAX = 1000;
/** Characters of a tracker's sentence that are shown. */
const SENTENCE_LENGTH_MAX = 300;

export function encodeAnnounceFailure(reason: string): Uint8Array<ArrayBuffer> {
  return encodeBencode(new Map([['failure reason', reason]]));
}

/** How the peer asked for the list. */
export interface PeerListForm {
  readonly compact: boolean;
  readonly noPeerId: boolean;
}

export function encodeAnnounceSuccess(answer: AnnounceSuccess, form: PeerListForm): Uint8Array<ArrayBuffer> {
  const dictionary = new Map<string, BencodeInput>([['interval', answer.intervalS]]);
  if (answer.minIntervalS !== null) dictionary.set('min interval', answer.minIntervalS);
  if (answer.complete !== null) dictionary.set('complete', answer.complete);
  if (answer.incomplete !== null) dictionary.set('incomplete', answer.incomplete);
  if (answer.warning !== null) dictionary.set('warning message', answer.warning);
  dictionary.set(
    'peers',
    form.compact ? encodeCompactPeers(answer.peers) : answer.peers.map((peer) => dictionaryOf(peer, form)),
  );
  return encodeBencode(dictionary);
}

/** @throws ProtocolViolation */
export function decodeAnnounceResponse(octets: Uint8Array): AnnounceResponse {
  const { dictionary } = decodeBencodeDictionary(octets);
  const reason = textField(dictionary, 'failure reason', CLAUSE);
  if (reason !== undefined) return { kind: 'failure', reason: reason.slice(0, SENTENCE_LENGTH_MAX) };
  return {
    kind: 'success',
    intervalS: required(countField(dictionary, 'interval', CLAUSE), 'interval', CLAUSE),
    minIntervalS: countField(dictionary, 'min interval', CLAUSE) ?? null,
    complete: countField(dictionary, 'complete', CLAUSE) ?? null,
    incomplete: countField(dictionary, 'incomplete', CLAUSE) ?? null,
    warning: textField(dictionary, 'warning message', CLAUSE)?.slice(0, SENTENCE_LENGTH_MAX) ?? null,
    peers: decodePeers(dictionary.get('peers')),
  };
}

function dictionaryOf(peer: AnnouncedPeer, form: PeerListForm): ReadonlyMap<string, BencodeInput> {
  const dictionary = new Map<string, BencodeInput>([
    ['ip', peer.address],
    ['port', peer.port],
  ]);
  if (peer.peerId !== undefined && !form.noPeerId) dictionary.set('peer id', peer.peerId);
  return dictionary;
}

function decodePeers(peers: Bencode | undefined): AnnouncedPeer[] {
  if (peers instanceof Uint8Array) return decodeCompactPeers(peers).slice(0, PEERS_MAX);
  if (!Array.isArray(peers)) throw new ProtocolViolation('The field "peers" is neither a string nor a list', 0, CLAUSE);
  return (peers as readonly Bencode[])
    .slice(0, PEERS_MAX)
    .map((entry) => decodePeer(asDictionary(entry, 'peers', CLAUSE)));
}

function decodePeer(peer: BencodeDictionary): AnnouncedPeer {
  return {
    address: required(textField(peer, 'ip', CLAUSE), 'ip', CLAUSE),
    port: required(countField(peer, 'port', CLAUSE), 'port', CLAUSE),
    peerId: octetsField(peer, 'peer id', CLAUSE),
  };
}
