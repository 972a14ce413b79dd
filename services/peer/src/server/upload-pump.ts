import type { Block } from '#shared/bittorrent/peer-message.ts';
import type { NeighbourId } from '../protocol/neighbour.ts';
import type { Swarm } from '../protocol/swarm.ts';
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
  #isStopped = false;

  constructor(options: UploadPumpOptions) {
    this.#options = options;
  }

  /** To be called whenever something may go: after each step of the swarm, and when a socket has drained. */
  pump(): void {
    if (this.#isStopped) return;
    const { swarm, connections, resume } = this.#options;
    const mayTake = (id: NeighbourId) => connections.get(id)?.takesBlocks ?? false;
    for (;;) {
      const upload = swarm.nextUpload(performance.now(), mayTake);
      if (upload === null) break;
      const connection = connections.get(upload.to);
      if (connection !== undefined) void this.#send(connection, upload.block);
    }
    clearTimeout(this.#timer);
    const waitMs = swarm.waitMs(performance.now());
    if (waitMs !== null) this.#timer = setTimeout(resume, waitMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #send(connection: PeerConnection, block: Block): Promise<void> {
    const { store, sent, failed } = this.#options;
    try {
      await connection.sendBlock(block, (into) => store.read(into, block.index, block.begin));
      sent(connection, block);
    } catch (error) {
      failed(error as Error);
      connection.close('what it asks for cannot be read');
    }
    this.pump();
  }
}
