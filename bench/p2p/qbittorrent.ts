import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { qbittorrentConfiguration } from '#shared/bittorrent/test/kit/qbittorrent.ts';
import { type Server, startDaemon, untilListening } from '../processes.ts';
import { type Client, type ClientKind, PEER_PORT, type Place } from './client.ts';

const WEB_PORT = 18_100;
const KIB = 1024;

/** qBittorrent without a window: it is told by its web API what to do. */
export const qbittorrent: ClientKind = { name: 'qBittorrent', start };

async function start(place: Place): Promise<Client> {
  const { address, folder, payload, isSeed } = place;
  const [profile, download] = [join(folder, 'profile'), join(folder, 'download')];
  mkdirSync(join(profile, 'qBittorrent', 'config'), { recursive: true });
  mkdirSync(download);
  if (isSeed) linkSync(payload.path, join(download, payload.name));
  writeFileSync(join(profile, 'qBittorrent', 'config', 'qBittorrent.conf'), configuration(place, download));
  const words = ['env', `HOME=${folder}`, 'qbittorrent-nox', `--profile=${profile}`];
  const server: Server = startDaemon('qBittorrent', words, address, WEB_PORT);
  await untilListening(server);
  const join_ = async () => {
    const form = new FormData();
    form.set('torrents', new Blob([Buffer.from(payload.torrent)]), 'payload.torrent');
    form.set('savepath', download);
    form.set('skip_checking', String(isSeed));
    const answer = await fetch(`http://${address}:${WEB_PORT}/api/v2/torrents/add`, { method: 'POST', body: form });
    const said = await answer.text();
    if (said !== 'Ok.') throw new Error(`qBittorrent does not take the torrent: ${said}`);
  };
  return { pid: server.pid, join: join_, stop: server.stop };
}

function configuration({ address, uploadBytesPerS }: Place, download: string): string {
  return qbittorrentConfiguration({
    networkInterface: 'lo',
    address,
    port: PEER_PORT,
    webPort: WEB_PORT,
    commandedFrom: ['127.0.0.0/8'],
    session: [
      'Session\\PeXEnabled=false',
      // Without it limits do not hold among private addresses.
      'Session\\IgnoreLimitsOnLAN=false',
      `Session\\GlobalUPSpeedLimit=${Math.floor(uploadBytesPerS / KIB)}`,
      `Session\\DefaultSavePath=${download}`,
    ],
  });
}
