import { clientOfPeerId } from '#shared/bittorrent/client-name.ts';
import { formatHash, formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Neighbour, NeighbourId } from '../protocol/neighbour.ts';
import type { Swarm } from '../protocol/swarm.ts';
import type { Decision, NeighbourState, SharingState } from '../state.ts';
import { Recent } from './recent.ts';

/** Addresses whose totals are kept after they have gone. */
const ADDRESSES_MAX = 500;
/** Pieces that are listed one by one; a torrent of the lab has 16. */
const PIECES_LISTED_MAX = 2_000;

interface Traffic {
  uploaded: number;
  downloaded: number;
}

/**
 * Who gave whom how much: of present neighbours and of those that have gone, and who gave each piece; and what was decided about
 * them of late.
 */
export class Ledger {
  readonly #present = new Map<NeighbourId, Neighbour>();
  readonly #past = new Map<string, Traffic>();
  readonly #givers = new Map<number, ReadonlyMap<string, number>>();
  readonly #decisions = new Recent<Decision>();
  readonly #whyChoking = new Map<NeighbourId, string>();
  /** Of neighbours that have gone and whose address was dropped or kept. */
  readonly #gone: Traffic = { uploaded: 0, downloaded: 0 };

  open(neighbour: Neighbour | undefined): void {
    if (neighbour !== undefined) this.#present.set(neighbour.id, neighbour);
  }

  close(id: NeighbourId): void {
    const neighbour = this.#present.get(id);
    if (neighbour === undefined) return;
    this.#present.delete(id);
    this.#whyChoking.delete(id);
    addTo(this.#gone, neighbour);
    const { address } = neighbour.endpoint;
    const traffic = this.#past.get(address) ?? { uploaded: 0, downloaded: 0 };
    addTo(traffic, neighbour);
    this.#past.delete(address);
    this.#past.set(address, traffic);
    const [oldest] = this.#past.keys();
    if (this.#past.size > ADDRESSES_MAX && oldest !== undefined) this.#past.delete(oldest);
  }

  neighbour(id: NeighbourId): Neighbour | undefined {
    return this.#present.get(id);
  }

  verified(index: number, givers: ReadonlyMap<string, number>): void {
    if (this.#givers.size < PIECES_LISTED_MAX) this.#givers.set(index, givers);
  }

  /** The choker or the picker has decided something about the neighbour `id`. */
  decided(id: NeighbourId, decision: Omit<Decision, 'address'>): void {
    const address = this.#present.get(id)?.endpoint.address;
    if (address === undefined) return;
    this.#decisions.add({ ...decision, address });
    if (decision.kind !== 'pick') this.#whyChoking.set(id, decision.because);
  }

  /** Octets of blocks since the start of the session. */
  totals(): Readonly<Traffic> {
    const totals = { ...this.#gone };
    for (const neighbour of this.#present.values()) addTo(totals, neighbour);
    return totals;
  }

  snapshot(swarm: Swarm, now: number) {
    const listed = Math.min(swarm.have.pieceCount, PIECES_LISTED_MAX);
    const neighbours = [...this.#present.values()].map((neighbour) => this.#neighbourState(neighbour, now));
    const copies = Array.from({ length: listed }, (_, index) => swarm.downloads.picker.copies(index));
    return {
      uploadBytesPerS: neighbours.reduce((sum, { uploadBytesPerS }) => sum + uploadBytesPerS, 0),
      downloadBytesPerS: neighbours.reduce((sum, { downloadBytesPerS }) => sum + downloadBytesPerS, 0),
      neighbours,
      exchanged: this.#exchanged(),
      decisions: this.#decisions.items,
      bits: formatHash(swarm.have.encode()),
      copies,
      pieceList: copies.map((count, index) => ({
        index,
        have: swarm.have.has(index),
        copies: count,
        from: Object.fromEntries(this.#givers.get(index) ?? []),
      })),
    } satisfies Partial<SharingState>;
  }

  /** Totals by address, of present and past neighbours together. */
  #exchanged(): { address: string; uploaded: number; downloaded: number }[] {
    const totals = new Map([...this.#past].map(([address, traffic]) => [address, { ...traffic }]));
    for (const neighbour of this.#present.values()) {
      const traffic = totals.get(neighbour.endpoint.address) ?? { uploaded: 0, downloaded: 0 };
      addTo(traffic, neighbour);
      totals.set(neighbour.endpoint.address, traffic);
    }
    return [...totals].map(([address, traffic]) => ({ address, ...traffic }));
  }

  #neighbourState(neighbour: Neighbour, now: number): NeighbourState {
    const { endpoint, peerId, isDialled, pieces, ours, theirs, download, upload, extensions } = neighbour;
    return {
      ...endpoint,
      peerId: formatPeerId(peerId),
      client: extensions?.client ?? clientOfPeerId(peerId),
      isDialled,
      pieces: pieces.size,
      bits: formatHash(pieces.encode()),
      amChoking: ours.choking,
      whyChoking: this.#whyChoking.get(neighbour.id) ?? null,
      amInterested: ours.interested,
      peerChoking: theirs.choking,
      peerInterested: theirs.interested,
      isSnubbed: download.isSnubbed,
      uploaded: upload.meter.total,
      downloaded: download.meter.total,
      uploadBytesPerS: Math.round(upload.meter.rate(now)),
      downloadBytesPerS: Math.round(download.meter.rate(now)),
      requestsSent: download.requested.size,
      requestsWaiting: upload.queue.length,
      connectedMs: Math.round(now - neighbour.connectedAt),
    };
  }
}

function addTo(traffic: Traffic, { upload, download }: Neighbour): void {
  traffic.uploaded += upload.meter.total;
  traffic.downloaded += download.meter.total;
}
