import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Participation } from './server/participation.ts';
import { listenForPeers } from './server/peer-listener.ts';

/** A BitTorrent peer: fetches the pieces of one torrent from its neighbours, and gives them on at the same time. */
export const program: Program<Config> = { name: 'peer', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const port = host.port(config.LISTEN_PORT);
  const participation = new Participation(host, config, port);
  const listener = await listenForPeers(host, { port, neighboursMax: config.MAX_PEERS }, (socket) =>
    participation.welcome(socket),
  );
  participation.join();
  return {
    state: () => participation.snapshot(),
    // A download that is not finished is no illness.
    health: () => participation.trouble(),
    actions: {
      'start-over': action('Forgets the downloaded file and fetches it again', z.object({}), async () => {
        await participation.startOver();
        return { startedOver: true };
      }),
      announce: action('Announces to the tracker now', z.object({}), () => {
        participation.announceNow();
        return { announced: true };
      }),
    },
    stop: async () => {
      await Promise.all([participation.stop(), listener.close()]);
    },
  };
}
