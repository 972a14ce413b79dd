import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startDaemon } from '../processes.ts';
import { type Client, type ClientKind, PEER_PORT, type Place } from './client.ts';

/** It gets the torrent when it starts, which takes it some milliseconds. */
export const aria2: ClientKind = {
  name: 'aria2',
  start: async (place) => {
    if (place.isSeed) linkSync(place.payload.path, join(place.folder, place.payload.name));
    let running: Server | undefined;
    const client: Client = {
      get pid() {
        return running?.pid ?? 0;
      },
      join: async () => {
        running = startDaemon('aria2', ['aria2c', ...wordsFor(place)], place.address, PEER_PORT);
      },
      stop: async () => running?.stop(),
    };
    return client;
  },
};

function wordsFor({ address, folder, payload, isSeed, uploadBytesPerS }: Place): string[] {
  return [
    '--no-conf',
    `--interface=${address}`,
    `--listen-port=${PEER_PORT}`,
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--disable-ipv6=true',
    '--quiet=true',
    `--dir=${folder}`,
    '--file-allocation=none',
    `--max-overall-upload-limit=${uploadBytesPerS}`,
    '--seed-ratio=0.0',
    ...(isSeed ? ['--bt-seed-unverified=true', '--check-integrity=false', '--allow-overwrite=true'] : []),
    payload.torrentPath,
  ];
}
