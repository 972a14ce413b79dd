/**
 * What two peers agree on beyond BEP 3 by the extension protocol (BEP 10). Part of `Swarm`. Each side tells the other the ids
 * of the extensions that it takes; from then on it gets them under its own ids. We take ut_metadata (BEP 9) and, unless the
 * torrent is private (BEP 27), ut_pex (BEP 11); and whoever wants nothing says so (BEP 21).
 */
import { octetsOfAddress } from '#shared/bittorrent/compact-peers.ts';
import {
  decodeExtensionHandshake,
  type ExtensionHandshake,
  encodeExtensionHandshake,
} from '#shared/bittorrent/extension-handshake.ts';
import type { Offer } from '#shared/bittorrent/handshake.ts';
import { decodeUtMetadata, encodeUtMetadata, UT_METADATA } from '#shared/bittorrent/ut-metadata.ts';
import { decodePex, encodePex, UT_PEX } from '#shared/bittorrent/ut-pex.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import type { Endpoint } from '#shared/report.ts';
import { MetadataGiver } from './metadata-giver.ts';
import type { Neighbour, NeighbourExtensions } from './neighbour.ts';
import { PeerExchange } from './peer-exchange.ts';
import type { Conversation, SwarmOptions } from './swarm-exchange.ts';
import { UploadOnly } from './upload-only.ts';
import { REQUESTS_WAITING_MAX } from './uploads.ts';

/** What our handshakes offer: only what is whole. */
export const OFFERS: readonly Offer[] = ['extensions', 'fast'];

/** The id of the extension handshake, and those under which we want to get extensions. */
export const HANDSHAKE_ID = 0;
export const EXTENSION_IDS = { [UT_METADATA]: 1, [UT_PEX]: 2 } as const;
export type ExtensionName = keyof typeof EXTENSION_IDS;

/** What we call ourselves. */
const CLIENT = 'Topdown 0.1';

export class Extensions {
  readonly #conversation: Conversation;
  readonly #options: SwarmOptions;
  readonly #metadata: MetadataGiver;
  readonly #exchange = new PeerExchange();
  readonly #uploadOnly: UploadOnly;
  readonly #isUploadOnly: () => boolean;

  /** `isUploadOnly` tells whether we want nothing now (BEP 21). */
  constructor(conversation: Conversation, options: SwarmOptions, isUploadOnly: () => boolean) {
    this.#conversation = conversation;
    this.#options = options;
    this.#metadata = new MetadataGiver(options.torrent.infoOctets);
    this.#isUploadOnly = isUploadOnly;
    this.#uploadOnly = new UploadOnly({
      conversation,
      isOne: isUploadOnly,
      tell: (neighbour, now) => this.#introduce(neighbour, isUploadOnly(), now),
    });
  }

  connected(neighbour: Neighbour, now: number): void {
    if (neighbour.extensions === null) return;
    // Who wants something need not say so, unless it has said otherwise.
    this.#introduce(neighbour, this.#isUploadOnly() || null, now);
  }

  /** What we want, or what we show, may be another from now on. */
  heedWants(now: number): void {
    this.#uploadOnly.heed(now);
  }

  /**
   * Says all of it each time, though it would be enough to say what is new (BEP 10): libtorrent takes an extension that is not
   * named again for one that has ended.
   */
  #introduce(neighbour: Neighbour, isUploadOnly: boolean | null, now: number): void {
    const { torrent, own } = this.#options;
    // "A private torrent ... MUST NOT ... peer exchange" (BEP 27): what is not offered is not sent to us either.
    const names: ExtensionName[] = torrent.isPrivate ? [UT_METADATA] : [UT_METADATA, UT_PEX];
    const { size: metadataSize } = this.#metadata;
    const payload = extensionHandshake(names, { own, there: neighbour.endpoint, metadataSize, isUploadOnly });
    const wants = isUploadOnly === null ? '' : `, and ${isUploadOnly ? 'want nothing' : 'want something again'}`;
    const because = `we take ${names.join(' and ')}${wants}`;
    this.#conversation.send(neighbour, { kind: 'extended', id: HANDSHAKE_ID, payload }, now, because);
  }

  heard(neighbour: Neighbour, id: number, payload: Uint8Array, now: number): void {
    const { extensions } = neighbour;
    // Where nothing was agreed on it is a message of an unknown id.
    if (extensions === null) return;
    try {
      if (id === HANDSHAKE_ID) agree(extensions, payload);
      else if (id === EXTENSION_IDS[UT_METADATA]) this.#heardMetadata(neighbour, payload, now);
      else if (id === EXTENSION_IDS[UT_PEX] && !this.#options.torrent.isPrivate)
        this.#heardPex(neighbour, payload, now);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#conversation.close(neighbour, `it broke ${error.clause}: ${error.message}`, now);
    }
  }

  left({ id }: Neighbour): void {
    this.#metadata.left(id);
    this.#exchange.left(id);
  }

  /** Parts with those of no use, and tells of peers whom it is due. */
  tick(now: number): void {
    this.#uploadOnly.tick(now);
    if (this.#options.torrent.isPrivate) return;
    for (const neighbour of this.#conversation.neighbours.values()) {
      if (!neighbour.extensions?.ids.has(UT_PEX)) continue;
      const news = this.#exchange.due(neighbour, this.#conversation.neighbours.values(), now);
      if (news === null) continue;
      const because = `${news.added.length} of our neighbours are new to it, ${news.dropped.length} have gone`;
      this.#send(neighbour, UT_PEX, encodePex(news), now, because);
    }
  }

  #heardMetadata(neighbour: Neighbour, payload: Uint8Array, now: number): void {
    const message = decodeUtMetadata(payload);
    // Data and rejects answer requests, and we have sent none: we have the metadata.
    if (message.kind !== 'request') return;
    const { answer, because } = this.#metadata.answer(neighbour.id, message.piece, now);
    this.#send(neighbour, UT_METADATA, encodeUtMetadata(answer), now, because);
  }

  #heardPex(neighbour: Neighbour, payload: Uint8Array, now: number): void {
    if (!this.#exchange.mayTell(neighbour, now)) {
      this.#conversation.close(neighbour, 'it sends ut_pex more often than once a minute (BEP 11)', now);
      return;
    }
    const endpoints = decodePex(payload).added;
    if (endpoints.length > 0) this.#conversation.output({ kind: 'learnt', from: neighbour.id, endpoints });
  }

  /** Nothing is sent to those who do not take the extension. */
  #send(neighbour: Neighbour, name: ExtensionName, payload: Uint8Array, now: number, because: string): void {
    const id = neighbour.extensions?.ids.get(name);
    if (id !== undefined) this.#conversation.send(neighbour, { kind: 'extended', id, payload }, now, because);
  }
}

/** Our extension handshake with the peer at `there`; `metadataSize` is null as long as we have no metadata. */
export function extensionHandshake(
  names: readonly ExtensionName[],
  given: Pick<ExtensionHandshake, 'metadataSize' | 'isUploadOnly'> & {
    readonly own: Endpoint;
    readonly there: Endpoint;
  },
): Uint8Array<ArrayBuffer> {
  const { own, there, metadataSize, isUploadOnly } = given;
  return encodeExtensionHandshake({
    ids: new Map(names.map((name) => [name, EXTENSION_IDS[name]])),
    listenPort: own.port,
    client: CLIENT,
    requestQueueMax: REQUESTS_WAITING_MAX,
    yourAddress: octetsOfAddress(there.address),
    metadataSize,
    isUploadOnly,
  });
}

/**
 * Takes in an extension handshake. It may come again: what it leaves out stays as it was, an id of 0 ends an extension. One
 * that cannot be read agrees on nothing, and the conversation goes on as in BEP 3.
 */
export function agree(extensions: NeighbourExtensions, payload: Uint8Array): void {
  const said = readHandshake(payload);
  if (said === null) return;
  for (const [name, id] of said.ids) {
    if (id === 0) extensions.ids.delete(name);
    // Names that we do not know are of no use, and a neighbour could make up any number of them.
    else if (Object.hasOwn(EXTENSION_IDS, name)) extensions.ids.set(name, id);
  }
  extensions.listenPort = said.listenPort ?? extensions.listenPort;
  extensions.client = said.client ?? extensions.client;
  extensions.requestQueueMax = said.requestQueueMax ?? extensions.requestQueueMax;
  extensions.metadataSize = said.metadataSize ?? extensions.metadataSize;
  extensions.isUploadOnly = said.isUploadOnly ?? extensions.isUploadOnly;
}

function readHandshake(payload: Uint8Array): ExtensionHandshake | null {
  try {
    return decodeExtensionHandshake(payload);
  } catch (error) {
    if (error instanceof ProtocolViolation) return null;
    throw error;
  }
}
