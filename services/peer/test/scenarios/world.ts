import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import { program as tracker } from '../../../tracker/src/program.ts';
import { program as peer } from '../../src/program.ts';
import type { SharingState, PeerState as ShownState } from '../../src/state.ts';

/** The torrent that the lab's web server offers. */
export const LECTURE = new URL(
  '../../../../infra/hosts/www-someschool/www/www.someschool.edu/torrents/lecture.torrent',
  import.meta.url,
).pathname;
/** SHA-256 of lecture.bin, as Python computes it from the recipe in made-file.ts. */
export const LECTURE_SHA256 = '6e8e8a76a719619e8736940d68c65ddf41e881858d54aa1ac8f9f85777e767ea';
export const LECTURE_OCTETS = 4 * 1024 * 1024;

const TORRENT_URL = 'http://www.someschool.edu:8080/torrents/lecture.torrent';
const MADE = { MAKE_FILE: `lecture.bin:${LECTURE_OCTETS}` };
const WEB_PORT = 8080;

/** What `GET /state` of a peer shows; most of it is there once the torrent is shared. */
type PeerState = ShownState &
  SharingState & { readonly trouble: string | null; readonly tracker: { readonly announces: number } | null };

/** What `GET /state` of the tracker shows, as far as tests look at it. */
export interface TrackerState {
  sentBytes: number;
  announces: number;
  swarms: {
    infoHash: string;
    complete: number;
    incomplete: number;
    downloaders: number;
    downloaded: number;
    peers: { address: string; port: number; left: number }[];
  }[];
}

export interface Member {
  readonly host: TestHost;
  readonly environment: Readonly<Record<string, string>>;
  running: Running;
  state(): PeerState;
}

/** A small lab of real programs on loopback addresses: web server, tracker and peers. */
export class World {
  readonly names: Record<string, string[]> = {};
  readonly members: Member[] = [];
  trackerHost: TestHost | null = null;
  #tracker: Running | null = null;
  #web: Server | null = null;

  /** Starts the web server that has the .torrent file, or `octets` in its place. */
  async startWeb(octets: Uint8Array = readFileSync(LECTURE)): Promise<void> {
    this.names['www.someschool.edu'] = [`${TEST_NET}.10.1`];
    const web = createServer((request, response) => {
      const isThere = request.url === new URL(TORRENT_URL).pathname;
      response.writeHead(isThere ? 200 : 404).end(isThere ? octets : undefined);
    });
    this.#web = web;
    await new Promise<void>((resolve) => web.listen(WEB_PORT, `${TEST_NET}.10.1`, resolve));
  }

  async startTracker(environment: Record<string, string> = {}): Promise<void> {
    this.trackerHost ??= createTestHost({ name: 'tracker', suffix: '30.1' });
    this.names['tracker.topdown.org'] = [this.trackerHost.address];
    this.#tracker = await startOn(tracker, this.trackerHost, environment);
  }

  async stopTracker(): Promise<void> {
    await this.#tracker?.stop();
    this.#tracker = null;
  }

  trackerState(): TrackerState {
    return this.#tracker?.state() as TrackerState;
  }

  async startPeer(name: string, suffix: string, environment: Record<string, string> = {}): Promise<Member> {
    const host = createTestHost({ name, suffix, names: this.names });
    const whole = { TORRENT_URL, ...environment };
    const running = await startOn(peer, host, whole);
    const member: Member = { host, environment: whole, running, state: () => member.running.state() as PeerState };
    this.members.push(member);
    return member;
  }

  startSeed(environment: Record<string, string> = {}): Promise<Member> {
    return this.startPeer('seed', '30.2', { ...MADE, ...environment });
  }

  /** Starts `count` peers at the same time, on 31.1, 32.1 and so on. */
  startPeers(count: number, environment: Record<string, string> = {}): Promise<Member[]> {
    return Promise.all(
      Array.from({ length: count }, (_, nth) => this.startPeer(`peer-${nth + 1}`, `${31 + nth}.1`, environment)),
    );
  }

  /** Starts a stopped member again, with what it has on its disk. */
  async restart(member: Member): Promise<void> {
    member.running = await startOn(peer, member.host, member.environment);
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ running }) => running.stop()));
    await this.stopTracker();
    this.#web?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#web === null ? resolve() : this.#web.close(() => resolve())));
    await Promise.all(this.members.map(({ host }) => host.remove()));
    await this.trackerHost?.remove();
  }
}

/** How long a test waits for what is to come, in milliseconds: only what never comes takes so long, on the slowest machine too. */
export const COMES_MS_MAX = 60_000;

/** Waits until `isTrue`, and says what was waited for when it does not come. */
export async function until(isTrue: () => boolean, what: string, msMax = COMES_MS_MAX): Promise<void> {
  const deadline = performance.now() + msMax;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`Waited for ${msMax} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether the member has the whole file and knows its hash. */
export function isDone(member: Member): boolean {
  return member.state().complete && member.state().sha256 !== null;
}
