/**
 * The swarm of a torrent of which no more is known than its info hash, from a magnet link (BEP 9). Neighbours are asked for the
 * info dictionary; what they say about pieces is kept for later, because the connections go on when the metadata has come. A
 * machine without sockets and clock, as `Swarm` is.
 *
 *     connected, message, closed, tick  ->  send, close, ban      the conversation with each neighbour
 *     (a neighbour has given all)       ->  metadata              its SHA-1 is the info hash
 *
 * A neighbour may lie about the size (then it is not asked), give wrong octets (then it is banned, because all of them came
 * from it), say no, or nothing at all, or give a part now and then (then others are asked: first those that have failed least
 * often, so that no crowd of such neighbours keeps us from the one that would give it).
 */
import type { Offer } from '#shared/bittorrent/handshake.ts';
import { isSameHash, type Sha1 } from '#shared/bittorrent/info-hash.ts';
import { METAINFO_OCTETS_MAX } from '#shared/bittorrent/metainfo.ts';
import type { PeerMessage } from '#shared/bittorrent/peer-message.ts';
import { decodeUtMetadata, encodeUtMetadata, UT_METADATA } from '#shared/bittorrent/ut-metadata.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Endpoint } from '#shared/report.ts';
import { agree, EXTENSION_IDS, extensionHandshake, HANDSHAKE_ID } from './extensions.ts';
import { livenessOf } from './liveness.ts';
import { MessageBudget } from './message-budget.ts';
import { MetadataSource } from './metadata-source.ts';
import { type Acquaintance, type NeighbourExtensions, type NeighbourId, newExtensions } from './neighbour.ts';
import { RememberedMessages } from './remembered-messages.ts';
import type { Earlier } from './swarm-exchange.ts';
import { breachOfOrder, endsOpening, isFastOn } from './wire-rules.ts';

/** Neighbours that are asked for the metadata at once. */
const SOURCES_MAX = 3;
/** Pause before one that has rejected a request or given no answer is asked again, in milliseconds. */
const RETRY_MS = 20_000;

export type MetadataInput =
  | ({ readonly kind: 'connected' } & Acquaintance)
  | { readonly kind: 'message'; readonly from: NeighbourId; readonly message: PeerMessage }
  | { readonly kind: 'closed'; readonly neighbour: NeighbourId }
  | { readonly kind: 'tick' };

export type MetadataOutput =
  | { readonly kind: 'send'; readonly to: NeighbourId; readonly message: PeerMessage; readonly because?: string }
  | { readonly kind: 'close'; readonly neighbour: NeighbourId; readonly because: string }
  | { readonly kind: 'ban'; readonly address: string; readonly because: string }
  | { readonly kind: 'metadata'; readonly octets: Uint8Array; readonly from: NeighbourId };

export interface MetadataExchangeOptions {
  readonly infoHash: Uint8Array;
  /** Where other peers reach us. */
  readonly own: Endpoint;
  readonly offers: readonly Offer[];
  readonly sha1: Sha1;
}

interface Stranger {
  readonly acquaintance: Acquaintance;
  readonly isFast: boolean;
  readonly extensions: NeighbourExtensions | null;
  readonly remembered: RememberedMessages;
  readonly budget: MessageBudget;
  hasSpoken: boolean;
  lastReceivedAt: number;
  lastSentAt: number;
  /** While it is asked for the metadata. */
  source: MetadataSource | null;
  /** Not to be asked before. */
  askAfter: number;
  /** How often it was asked in vain. */
  failures: number;
}

export class MetadataExchange {
  readonly #options: MetadataExchangeOptions;
  readonly #strangers = new Map<NeighbourId, Stranger>();
  #isDone = false;
  #outputs: MetadataOutput[] = [];

  constructor(options: MetadataExchangeOptions) {
    this.#options = options;
  }

  /** Parts that have come from the neighbour that has given most, and how many there are; null while nobody has told. */
  get progress(): { parts: number; total: number | null } {
    const [best] = this.#sources.map(({ source }) => source).sort((a, b) => b.arrivedParts - a.arrivedParts);
    return { parts: best?.arrivedParts ?? 0, total: best?.parts ?? null };
  }

  /** What was said on a connection, for the swarm that goes on with it. */
  earlier(id: NeighbourId): Earlier {
    const stranger = this.#strangers.get(id);
    return {
      hasOpened: stranger?.isFast ?? false,
      extensions: stranger?.extensions ?? null,
      heard: stranger?.remembered.messages ?? [],
    };
  }

  /** What happened at the time `now`, in milliseconds that never go back; returns what is to be done, in order. */
  step(input: MetadataInput, now: number): readonly MetadataOutput[] {
    this.#outputs = [];
    switch (input.kind) {
      case 'connected':
        this.#connect(input, now);
        break;
      case 'message':
        this.#receive(input.from, input.message, now);
        break;
      case 'closed':
        this.#strangers.delete(input.neighbour);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    this.#ask(now);
    return this.#outputs;
  }

  #connect({ id, endpoint, peerId, isDialled, reserved }: Acquaintance, now: number): void {
    const { offers, own } = this.#options;
    const stranger: Stranger = {
      acquaintance: { id, endpoint, peerId, isDialled, reserved },
      isFast: isFastOn(offers, reserved),
      extensions: newExtensions(reserved, offers),
      remembered: new RememberedMessages(),
      budget: new MessageBudget(now),
      hasSpoken: false,
      lastReceivedAt: now,
      lastSentAt: now,
      source: null,
      askAfter: now,
      failures: 0,
    };
    this.#strangers.set(id, stranger);
    if (stranger.isFast) this.#send(stranger, { kind: 'have none' }, now);
    if (stranger.extensions === null) return;
    // Whether the torrent is private is not known yet, so that ut_pex is left out (BEP 27).
    const known = { own, there: endpoint, metadataSize: null, isUploadOnly: null };
    const payload = extensionHandshake([UT_METADATA], known);
    this.#send(stranger, { kind: 'extended', id: HANDSHAKE_ID, payload }, now, 'we look for the metadata');
  }

  #receive(id: NeighbourId, message: PeerMessage, now: number): void {
    const stranger = this.#strangers.get(id);
    if (stranger === undefined) return;
    const { isFast, hasSpoken, acquaintance } = stranger;
    const { peerId } = acquaintance;
    const breach = breachOfOrder(message, { peerId, hasSpoken, isFast }) ?? stranger.remembered.take(message);
    if (breach !== null) {
      this.#close(stranger, `it broke ${breach}`);
      return;
    }
    if (!stranger.budget.allows(message, true, now)) {
      this.#close(stranger, `it floods us: "${message.kind}" once too often`);
      return;
    }
    stranger.lastReceivedAt = now;
    if (endsOpening(message)) stranger.hasSpoken = true;
    if (message.kind === 'extended') this.#heardExtended(stranger, message.id, message.payload, now);
    if (message.kind === 'request' && isFast) {
      this.#send(stranger, { ...message, kind: 'reject' }, now, 'we have no piece yet');
    }
  }

  #heardExtended(stranger: Stranger, id: number, payload: Uint8Array, now: number): void {
    if (stranger.extensions === null) return;
    try {
      if (id === HANDSHAKE_ID) agree(stranger.extensions, payload);
      else if (id === EXTENSION_IDS[UT_METADATA]) this.#heardMetadata(stranger, payload, now);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#close(stranger, `it broke ${error.clause}: ${error.message}`);
    }
  }

  #heardMetadata(stranger: Stranger, payload: Uint8Array, now: number): void {
    const message = decodeUtMetadata(payload);
    switch (message.kind) {
      case 'data':
        stranger.source?.take(message.piece, message.totalSize, message.octets, now);
        this.#check(stranger);
        break;
      case 'request':
        this.#say(stranger, { kind: 'reject', piece: message.piece }, now, 'we look for the metadata ourselves');
        break;
      case 'reject':
        this.#giveUp(stranger, now);
        break;
      case 'unknown':
        break;
    }
  }

  /** All octets are there: their hash decides. */
  #check(stranger: Stranger): void {
    const octets = stranger.source?.whole ?? null;
    if (octets === null || this.#isDone) return;
    if (isSameHash(this.#options.sha1(octets), this.#options.infoHash)) {
      this.#isDone = true;
      this.#outputs.push({ kind: 'metadata', octets, from: stranger.acquaintance.id });
      return;
    }
    const because = 'all of the metadata came from it, and its SHA-1 is not the info hash';
    this.#outputs.push({ kind: 'ban', address: stranger.acquaintance.endpoint.address, because });
    this.#close(stranger, because);
  }

  /** Asks those that may have the metadata, a few at once. */
  #ask(now: number): void {
    if (this.#isDone) return;
    for (let next = this.#next(now); next !== null && this.#hasRoom(now); next = this.#next(now)) {
      next.source = new MetadataSource(next.extensions?.metadataSize ?? 0, now);
    }
    for (const stranger of this.#sources) {
      for (const piece of stranger.source.ask()) {
        this.#say(stranger, { kind: 'request', piece }, now, 'it has the metadata');
      }
    }
  }

  get #sources(): (Stranger & { source: MetadataSource })[] {
    return [...this.#strangers.values()].filter(
      (one): one is Stranger & { source: MetadataSource } => one.source !== null,
    );
  }

  /** Of those that could be asked the one that has failed least often. */
  #next(now: number): Stranger | null {
    const all = [...this.#strangers.values()].filter((stranger) => mayAsk(stranger, now));
    return all.reduce<Stranger | null>(
      (least, one) => (least !== null && least.failures <= one.failures ? least : one),
      null,
    );
  }

  /** Whether one more may be asked; a slow one makes room, but never the one that has given most. */
  #hasRoom(now: number): boolean {
    const ranked = this.#sources.sort((a, b) => b.source.arrivedParts - a.source.arrivedParts);
    if (ranked.length < SOURCES_MAX) return true;
    const slowest = ranked.slice(1).findLast(({ source }) => source.isSlow(now));
    if (slowest === undefined) return false;
    this.#giveUp(slowest, now);
    return true;
  }

  #giveUp(stranger: Stranger, now: number): void {
    stranger.source = null;
    stranger.askAfter = now + RETRY_MS;
    stranger.failures += 1;
  }

  #tick(now: number): void {
    for (const stranger of [...this.#strangers.values()]) {
      if (stranger.source?.isLate(now)) this.#giveUp(stranger, now);
      const { kind, because } = livenessOf(stranger, now);
      if (kind === 'gone') this.#close(stranger, because);
      if (kind === 'keep alive') this.#send(stranger, { kind: 'keep-alive' }, now, because);
    }
  }

  #say(stranger: Stranger, said: Parameters<typeof encodeUtMetadata>[0], now: number, because: string): void {
    const id = stranger.extensions?.ids.get(UT_METADATA);
    if (id !== undefined) this.#send(stranger, { kind: 'extended', id, payload: encodeUtMetadata(said) }, now, because);
  }

  #send(stranger: Stranger, message: PeerMessage, now: number, because?: string): void {
    stranger.lastSentAt = now;
    const to = stranger.acquaintance.id;
    this.#outputs.push({ kind: 'send', to, message, ...(because === undefined ? {} : { because }) });
  }

  #close({ acquaintance: { id } }: Stranger, because: string): void {
    this.#strangers.delete(id);
    this.#outputs.push({ kind: 'close', neighbour: id, because });
  }
}

/** Whether a neighbour that is not asked could be asked now. */
function mayAsk({ extensions, source, askAfter }: Stranger, now: number): boolean {
  const size = extensions?.metadataSize ?? 0;
  const hasIt = extensions?.ids.has(UT_METADATA) === true && size > 0 && size <= METAINFO_OCTETS_MAX;
  return source === null && hasIt && now >= askAfter;
}
