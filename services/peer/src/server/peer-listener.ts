import { createServer } from 'node:net';
import type { Handshake } from '#shared/bittorrent/handshake.ts';
import type { Host } from '#shared/host/host.ts';
import * as reports from '../reports.ts';
import { PeerConnection } from './peer-connection.ts';
import { ReceiveMemory } from './receive-memory.ts';
import type { Reception } from './reception.ts';

/** Connections of one address that shake hands at once: a workstation may run several clients, but none takes all places. */
const HANDSHAKES_PER_ADDRESS_MAX = 4;
/** Connections that shake hands at once. One more, and the one that has taken longest makes room. */
const HANDSHAKES_MAX = 64;

export interface PeerListener {
  close(): Promise<void>;
}

/**
 * Waits for peers that dial us. A connection belongs to nobody until its handshake names a torrent; `receptionOf` is asked
 * then who takes part in it here.
 */
export async function listenForPeers(
  host: Host,
  port: number,
  receptionOf: (infoHash: Uint8Array) => Reception | null,
): Promise<PeerListener> {
  const shaking = new Set<PeerConnection>();
  const memory = new ReceiveMemory();
  const door = {
    handshake: (connection: PeerConnection, handshake: Handshake) => {
      shaking.delete(connection);
      const reception = receptionOf(handshake.infoHash);
      if (reception !== null) return reception.admit(connection, handshake);
      host.report(reports.handshakeReport(connection, 'received', handshake.peerId, handshake.infoHash));
      connection.close('it wants a torrent that is not here');
    },
    closed: (connection: PeerConnection, because: string) => {
      shaking.delete(connection);
      host.report(reports.closeReport(connection, because));
    },
  };
  const server = createServer((accepted) => {
    // A peer that resets its connection is no fault of ours; "close" follows.
    accepted.on('error', () => {});
    // Asked of this socket: the one in its place would ask the kernel, which forgets it with a reset.
    const { remoteAddress: address, remotePort: port = 0 } = accepted;
    // A connection that is gone before it is taken has no address any more.
    if (address === undefined || !hasRoom(shaking, address)) {
      accepted.destroy();
      return;
    }
    const [oldest] = shaking;
    if (shaking.size >= HANDSHAKES_MAX) oldest?.close('others wait to shake hands, and it takes its time');
    shaking.add(new PeerConnection(memory.adopt(accepted), false, door, { address, port }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the socket for peers failed'));
  return {
    // Connections that were admitted are closed by those who admitted them.
    close: () => {
      for (const connection of [...shaking]) connection.close('the program stops');
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function hasRoom(shaking: ReadonlySet<PeerConnection>, address: string): boolean {
  return [...shaking].filter(({ there }) => there.address === address).length < HANDSHAKES_PER_ADDRESS_MAX;
}
