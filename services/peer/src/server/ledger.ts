import { formatPeerId } from '#shared/bittorrent/info-hash.ts';
import type { Neighbour, NeighbourId } from '../protocol/neighbour.ts';
import type { Swarm } from '../protocol/swarm.ts';

/** Addresses whose totals are kept after they have gone. */
const ADDRESSES_MAX = 500;
/** Pieces that are listed one by one; a torrent of the lab has 16. */
const PIECES_LISTED_MAX = 2_000;

interface Traffic {
  uploaded: number;
  downloaded: number;
}

/** Who gave whom how much: of present neighbours and of those that have gone, and who gave each piece. */
export class Ledger {
  readonly #present = new Map<NeighbourId, Neighbour>();
  readonly #past = new Map<string, Traffic>();
  readonly #givers = new Map<number, ReadonlyMap<string, number>>();
  /** Of neighbours that have gone and whose address was dropped or kept. */
  readonly #gone: Traffic = { uploaded: 0, downloaded: 0 };

  open(neighbour: Neighbour | undefined): void {
    if (neighbour !== undefined) this.#present.set(neighbour.id, neighbour);
  }

  close(id: NeighbourId): void {
    const neighbour = this.#present.get(id);
    if (neighbour === undefined) return;
    this.#present.delete(id);
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

  /** Octets of blocks since the start of the session. */
  totals(): Readonly<Traffic> {
    const totals = { ...this.#gone };
    for (const neighbour of this.#present.values()) addTo(totals, neighbour);
    return totals;
  }

  snapshot(swarm: Swarm, now: number): object {
    return {
      neighbours: [...this.#present.values()].map((neighbour) => neighbourState(neighbour, now)),
      exchanged: this.#exchanged(),
      pieceList: Array.from({ length: Math.min(swarm.have.pieceCount, PIECES_LISTED_MAX) }, (_, index) => ({
        index,
        have: swarm.have.has(index),
        copies: swarm.downloads.picker.copies(index),
        from: Object.fromEntries(this.#givers.get(index) ?? []),
      })),
    };
  }

  /** Totals by address, of present and past neighbours together. */
  #exchanged(): object[] {
    const totals = new Map([...this.#past].map(([address, traffic]) => [address, { ...traffic }]));
    for (const neighbour of this.#present.values()) {
      const traffic = totals.get(neighbour.endpoint.address) ?? { uploaded: 0, downloaded: 0 };
      addTo(traffic, neighbour);
      totals.set(neighbour.endpoint.address, traffic);
    }
    return [...totals].map(([address, traffic]) => ({ address, ...traffic }));
  }
}

function addTo(traffic: Traffic, { upload, download }: Neighbour): void {
  traffic.uploaded += upload.meter.total;
  traffic.downloaded += download.meter.total;
}

function neighbourState(neighbour: Neighbour, now: number): object {
  const { endpoint, peerId, isDialled, pieces, ours, theirs, download, upload } = neighbour;
  return {
    ...endpoint,
    peerId: formatPeerId(peerId),
    isDialled,
    pieces: pieces.size,
    amChoking: ours.choking,
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
