/**
 * What a tracker answers to an announce over HTTP: a bencoded dictionary (BEP 3, "trackers"), with the peers as a list of
 * dictionaries or as compact strings, one for each family of addresses (BEP 23, BEP 7). An error is the dictionary of
 * `failure reason` alone.
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
import {
  type AddressFamily,
  decodeCompactPeers,
  encodeCompactPeers,
  familyOf,
  formatAddress,
  octetsOfAddress,
} from './compact-peers.ts';

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
  /** Where the tracker sees the peer, if it says (BEP 24). */
  readonly externalAddress: string | null;
  readonly peers: readonly AnnouncedPeer[];
}

export type AnnounceResponse = AnnounceSuccess | { readonly kind: 'failure'; readonly reason: string };

const CLAUSE = 'BEP 3';
/** Peers of one answer that are read; a tracker that sends more than that wants to make us dial. */
export const PEERS_READ_MAX = 1000;
/** Characters of a tracker's sentence that are shown. */
export const SENTENCE_LENGTH_MAX = 300;

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
  if (answer.externalAddress !== null) dictionary.set('external ip', octetsOfAddress(answer.externalAddress));
  if (form.compact) setCompactPeers(dictionary, answer.peers);
  else
    dictionary.set(
      'peers',
      answer.peers.map((peer) => dictionaryOf(peer, form)),
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
    externalAddress: decodeExternalAddress(octetsField(dictionary, 'external ip', 'BEP 24')),
    peers: decodePeers(dictionary),
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

/** Each family has a list of its own; that of IPv6 is left out when it is empty, as clients without IPv6 expect. */
function setCompactPeers(dictionary: Map<string, BencodeInput>, peers: readonly AnnouncedPeer[]): void {
  const ofFamily = (family: AddressFamily) => peers.filter(({ address }) => familyOf(address) === family);
  const peers6 = ofFamily('IPv6');
  dictionary.set('peers', encodeCompactPeers(ofFamily('IPv4')));
  if (peers6.length > 0) dictionary.set('peers6', encodeCompactPeers(peers6, 'IPv6'));
}

function decodeExternalAddress(octets: Uint8Array | undefined): string | null {
  // What has another length is no address; it is not worth losing the peers for it.
  return octets?.length === 4 || octets?.length === 16 ? formatAddress(octets) : null;
}

function decodePeers(dictionary: BencodeDictionary): AnnouncedPeer[] {
  const peers = dictionary.get('peers');
  const peers6 = octetsField(dictionary, 'peers6', 'BEP 7');
  const others = peers6 === undefined ? [] : decodeCompactPeers(peers6, PEERS_READ_MAX, 'IPv6');
  // A tracker that has nothing but IPv6 may leave out the list of IPv4.
  const first = peers === undefined && peers6 !== undefined ? [] : decodePeerList(peers);
  return [...first, ...others].slice(0, PEERS_READ_MAX);
}

function decodePeerList(peers: Bencode | undefined): AnnouncedPeer[] {
  if (peers instanceof Uint8Array) return decodeCompactPeers(peers, PEERS_READ_MAX);
  if (!Array.isArray(peers)) throw new ProtocolViolation('The field "peers" is neither a string nor a list', 0, CLAUSE);
  return (peers as readonly Bencode[])
    .slice(0, PEERS_READ_MAX)
    .map((entry) => decodePeer(asDictionary(entry, 'peers', CLAUSE)));
}

function decodePeer(peer: BencodeDictionary): AnnouncedPeer {
  return {
    address: required(textField(peer, 'ip', CLAUSE), 'ip', CLAUSE),
    port: required(countField(peer, 'port', CLAUSE), 'port', CLAUSE),
    peerId: octetsField(peer, 'peer id', CLAUSE),
  };
}
