import type { Block } from '#shared/bittorrent/peer-message.ts';
import type { NeighbourId } from '../protocol/neighbour.ts';
import { poison } from '../protocol/role.ts';
import type { Swarm } from '../protocol/swarm.ts';
import type { Upload } from '../protocol/uploads.ts';
import type { PieceStore } from '../store/piece-store.ts';
import type { PeerConnection } from './peer-connection.ts';

export interface UploadPumpOptions {
  readonly swarm: Swarm;
  readonly connections: ReadonlyMap<NeighbourId, PeerConnection>;
  readonly store: PieceStore;
  /** A limit lets through more than it did. */
  resume(): void;
  sent(connection: PeerConnection, block: Block): void;
  /** The disk does not give what it should have. */
  failed(error: Error): void;
}

/** Gives blocks to the sockets that take them, as fast as the limits allow, and comes back when they allow more. */
export class UploadPump {
  readonly #options: UploadPumpOptions;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** When the timer is due. */
  #dueAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(options: UploadPumpOptions) {
    this.#options = options;
  }

  /**
   * To be called whenever something may go: after each step of the swarm, and when a socket has written. It goes once the
   * sockets that have something have been read: all that a neighbour is given then is one write.
   */
  soon(): void {
    if (!this.#isStopped) this.#turn ??= setImmediate(this.#pump);
  }

  readonly #pump = (): void => {
    this.#turn = undefined;
    const { swarm, connections } = this.#options;
    const mayTake = (id: NeighbourId) => connections.get(id)?.takesBlock() ?? false;
    const now = performance.now();
    const corked = new Set<PeerConnection>();
    for (let next = swarm.nextUpload(now, mayTake); next !== null; next = swarm.nextUpload(now, mayTake)) {
      this.#give(next, corked);
    }
    for (const connection of corked) connection.uncork();
    this.#comeBack(swarm.waitMs(now), now);
  };

  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#turn);
    clearTimeout(this.#timer);
  }

  /** Sends a block; what is in memory goes at once, in one write with the others of its connection. */
  #give({ to, block }: Upload, corked: Set<PeerConnection>): void {
    const connection = this.#options.connections.get(to);
    if (connection === undefined) return;
    if (!corked.has(connection)) connection.cork();
    corked.add(connection);
    const reading = connection.sendBlock(block, (into) => this.#fill(into, block));
    if (reading === null) this.#options.sent(connection, block);
    else void this.#wait(reading, connection, block);
  }

  #fill(into: Uint8Array, { index, begin }: Block): Promise<void> | null {
    const { swarm, store } = this.#options;
    if (swarm.role.answers === 'wrongly') {
      poison(into);
      return null;
    }
    return store.readNow(into, index, begin) ? null : store.read(into, index, begin);
  }

  async #wait(reading: Promise<void>, connection: PeerConnection, block: Block): Promise<void> {
    try {
      await reading;
      this.#options.sent(connection, block);
    } catch (error) {
      this.#options.failed(error as Error);
      connection.close('what it asks for cannot be read');
    }
    this.soon();
  }

  /** Looks again after `waitMs`. A timer that is due before that stays: it will find nothing, and look again. */
  #comeBack(waitMs: number | null, now: number): void {
    if (waitMs === null || this.#dueAt <= now + waitMs) return;
    clearTimeout(this.#timer);
    this.#dueAt = now + waitMs;
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#options.resume();
    }, waitMs);
  }
}
