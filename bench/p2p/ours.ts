import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startOurs } from '../processes.ts';
import { type Client, type ClientKind, PEER_PORT, type Place } from './client.ts';

/** Our peer, as in the lab; `words` is what its environment says besides. */
export function ours(name: string, environment: Readonly<Record<string, string>>): ClientKind {
  return { name, start: (place) => start(place, environment) };
}

async function start(place: Place, environment: Readonly<Record<string, string>>): Promise<Client> {
  const { address, folder, payload, isSeed, uploadBytesPerS } = place;
  const download = join(folder, 'state', 'download');
  mkdirSync(download, { recursive: true });
  if (isSeed) linkSync(payload.path, join(download, payload.name));
  const peer = await startOurs('peer', {
    program: 'peer',
    address,
    port: PEER_PORT,
    folder,
    environment: { TORRENT_URL: '', UPLOAD_BYTES_PER_S: String(uploadBytesPerS), ...environment },
  });
  const torrentFile = Buffer.from(payload.torrent).toString('base64');
  return {
    pid: peer.pid,
    join: async () => {
      await peer.act('add', { torrentFile });
    },
    stop: peer.stop,
  };
}
