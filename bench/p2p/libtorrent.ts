import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithBench } from '../processes.ts';
import { type Client, type ClientKind, PEER_PORT, type Place } from './client.ts';

const SCRIPT = fileURLToPath(new URL('libtorrent-client.py', import.meta.url));
/** Debian's own, which finds Debian's python3-libtorrent. */
export const PYTHON = '/usr/bin/python3';

/** rasterbar's libtorrent by its Python binding. */
export const libtorrent: ClientKind = { name: 'libtorrent', start };

async function start({ address, folder, payload, isSeed, uploadBytesPerS }: Place): Promise<Client> {
  if (isSeed) linkSync(payload.path, join(folder, payload.name));
  const words = [address, PEER_PORT, payload.torrentPath, folder, uploadBytesPerS, isSeed ? 'seed' : 'leech'];
  const child = endWithBench(spawn(PYTHON, [SCRIPT, ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return {
    pid: child.pid ?? 0,
    join: async () => {
      const joined = once(lines, 'line');
      child.stdin.write('\n');
      await joined;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
