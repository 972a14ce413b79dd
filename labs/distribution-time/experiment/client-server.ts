import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { clientServerBound, ofEqualPeers } from '#shared/bittorrent/distribution-time.ts';
import { watchMachine } from '../../kit/machine-watch.ts';
import { Pace } from '../../kit/pace.ts';
import type { Setting } from '../settings.ts';
import { type Place, type SharedFile, World } from '../world/world.ts';
import type { DistributionRun } from './distribution-run.ts';

/** Shorter waits are added up, in milliseconds. */
const PAUSE_MS_MIN = 25;

/** Distributes the file to `peers` clients that all get it from the web server, and measures until the last one has it. */
export async function runClientServer(
  setting: Setting,
  peers: number,
  file: SharedFile,
  place: Place,
): Promise<DistributionRun> {
  const world = new World(place, file);
  try {
    const uplink = await world.openSite(setting.serverUpload);
    await knock(world);
    const endWatch = watchMachine();
    const startedAt = performance.now();
    const clients = Array.from({ length: peers }, async (_, nth) => {
      const sha256 = await download(world, world.clientAddress(nth), setting.download);
      if (sha256 !== file.sha256) throw new Error(`Client ${nth + 1} got another file than the server has`);
      return (performance.now() - startedAt) / 1000;
    });
    const finished = await Promise.all(clients);
    return {
      architecture: 'client-server',
      peers,
      bound: clientServerBound(ofEqualPeers({ ...setting, peers })).seconds,
      seconds: Math.max(...finished),
      finished,
      serverCopies: uplink.sentBytes / file.octets.length,
      peersCopies: 0,
      machine: endWatch(),
    };
  } finally {
    await world.close();
  }
}

/** Asks for the head of the file: the server then has looked at it once, as a seed has that comes into the swarm. */
async function knock(world: World): Promise<void> {
  const { host, port, path, site } = world.fileUrl;
  const sent = request({ method: 'HEAD', host, port, path, agent: false, headers: { Host: site } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
}

/** Gets the file over HTTP, no faster than `bytesPerS`; returns its SHA-256. */
async function download(world: World, localAddress: string, bytesPerS: number): Promise<string> {
  const { host, port, path, site } = world.fileUrl;
  const sent = request({ host, port, path, localAddress, agent: false, headers: { Host: site } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${site} answered with status ${response.statusCode}`);
  const digest = createHash('sha256');
  const pace = new Pace(bytesPerS, performance.now());
  for await (const octets of response as AsyncIterable<Buffer>) {
    digest.update(octets);
    const waitMs = pace.take(octets.length, performance.now());
    // Not after every few octets: on a busy machine each wait lasts longer than it should.
    if (waitMs > PAUSE_MS_MIN) await pause(waitMs);
  }
  await pause(pace.take(0, performance.now()));
  return digest.digest('hex');
}
