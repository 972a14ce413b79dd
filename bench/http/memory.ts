import { execFileSync } from 'node:child_process';
import { proportionalMb, residentMb, type Server } from '../processes.ts';
import { KeepAliveClient } from './keep-alive-client.ts';

/** Connections over which the objects are asked for. */
const LANES = 16;

/** A cache and where it keeps what is not in memory. */
export interface Kept {
  readonly server: Server;
  readonly folder: string;
}

/** Memory and disk that so many objects of 1 KiB take in each cache. */
export async function benchMemory(caches: readonly Kept[], origin: Server, objects: number): Promise<void> {
  process.stdout.write(`\n${objects} objects of 1 KiB stored\n`);
  for (const { server, folder } of caches) {
    const before = { resident: residentMb(server.pid), proportional: proportionalMb(server.pid), disk: diskMb(folder) };
    await fill(server, origin, objects);
    const resident = residentMb(server.pid);
    const grown = proportionalMb(server.pid) - before.proportional;
    process.stdout.write(
      `${server.name.padEnd(16)} resident ${resident.toFixed(0).padStart(5)} MB (before ${before.resident.toFixed(0)}), grown by ${grown.toFixed(0).padStart(4)} MB = ${((grown * 1e6) / objects).toFixed(0)} octets an object, on disk ${(diskMb(folder) - before.disk).toFixed(0)} MB; ${await keptShare(server, origin, objects)}\n`,
    );
  }
}

async function fill(server: Server, origin: Server, objects: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    const client = await KeepAliveClient.open(server);
    while (next < objects) {
      const { status } = await client.get(urlOf(origin, next++));
      if (status !== 200) throw new Error(`${server.name} answers ${status}`);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Asks for some of the objects again, and says how many were still there by what the cache says of the answer. */
async function keptShare(server: Server, origin: Server, objects: number): Promise<string> {
  const client = await KeepAliveClient.open(server);
  const sample = Math.min(500, objects);
  let hits = 0;
  for (let at = 0; at < sample; at += 1) {
    const { head } = await client.get(urlOf(origin, Math.floor((at * objects) / sample)));
    // Ours says "hit" in Cache-Status, nginx and Squid in X-Cache, Varnish names two requests in X-Varnish.
    if (/cache-status:[^\r]*\bhit\b|x-cache: *hit|x-varnish: *\d+ +\d+/i.test(head)) hits += 1;
  }
  client.close();
  return `${hits} of ${sample} asked for again were hits`;
}

function urlOf(origin: Server, at: number): string {
  return `http://${origin.address}/1024/object-${at}`;
}

function diskMb(folder: string): number {
  return (Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) * 1024) / 1e6;
}
