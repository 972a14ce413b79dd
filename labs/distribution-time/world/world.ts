import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMetainfo } from '#shared/bittorrent/metainfo-encoding.ts';
import type { Running } from '#shared/host/program.ts';
import type { ReportInput } from '#shared/report.ts';
import { program as origin } from '../../../services/origin/src/program.ts';
import { program as peer } from '../../../services/peer/src/program.ts';
import { madeFile } from '../../../services/peer/src/store/made-file.ts';
import { program as tracker } from '../../../services/tracker/src/program.ts';
import { createLabHost, type LabHost, labPort, startOn } from '../../kit/lab-host.ts';
import { Uplink } from '../../kit/uplink.ts';
import type { PeerState } from './peer-state.ts';

const SITE = 'www.someschool.edu';
const TRACKER = 'tracker.topdown.org';
const TRACKER_PORT = 6969;
const HTTP_PORT = 80;
const FILE_NAME = 'lecture.bin';
const TORRENT_NAME = 'lecture.torrent';
/** The last octet of an address: the hosts that are always there, then the peers. */
const OCTETS = { site: 1, origin: 2, tracker: 3, seed: 4, firstPeer: 11 } as const;

/** A network on loopback of its own: `127.76.3.x` is `{ net: '127.76', part: 3 }`. */
export interface Place {
  readonly net: string;
  readonly part: number;
}

/** What is distributed. */
export interface SharedFile {
  readonly octets: Uint8Array;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly sha256: string;
}

/** A peer of the experiment. */
export interface Peer {
  readonly name: string;
  state(): PeerState;
  /** Leaves the swarm. */
  stop(): Promise<void>;
}

/** The file that everybody can make again: see services/peer/src/store/made-file.ts. */
export function makeSharedFile(length: number, pieceLength: number): SharedFile {
  const octets = madeFile({ name: FILE_NAME, length });
  return { octets, pieceLength, pieceCount: Math.ceil(length / pieceLength), sha256: hash('sha256', octets) };
}

/** The programs of the lab that take part in one distribution, each on an address of its own. */
export class World {
  readonly #place: Place;
  readonly #file: SharedFile;
  readonly #names: Readonly<Record<string, string>>;
  readonly #hosts: LabHost[] = [];
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(place: Place, file: SharedFile) {
    this.#place = place;
    this.#file = file;
    this.#names = { [SITE]: this.#address(OCTETS.site), [TRACKER]: this.#address(OCTETS.tracker) };
  }

  /** Where a client gets the file from the web server. */
  get fileUrl(): { host: string; port: number; path: string; site: string } {
    return { host: this.#address(OCTETS.site), port: labPort(HTTP_PORT), path: `/${FILE_NAME}`, site: SITE };
  }

  /** The address of the client `nth`, 0 for the first: that of the peer `nth`. */
  clientAddress(nth: number): string {
    return this.#address(OCTETS.firstPeer + nth);
  }

  /** Starts the web server with the file and its .torrent, behind a link of `bytesPerS`. */
  async openSite(bytesPerS: number): Promise<Uplink> {
    const host = this.#host('www-someschool', 'origin', OCTETS.origin);
    const folder = join(host.dir, 'www', SITE);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, FILE_NAME), this.#file.octets);
    writeFileSync(join(folder, TORRENT_NAME), torrentOf(this.#file));
    await this.#start(origin, host, {});
    const server = { address: host.address, port: host.port(HTTP_PORT) };
    const { host: address, port } = this.fileUrl;
    const uplink = await Uplink.open({ address, port, server, bytesPerS });
    this.#stops.push(() => uplink.close());
    return uplink;
  }

  async openTracker(): Promise<void> {
    await this.#start(tracker, this.#host('tracker', 'tracker', OCTETS.tracker), {});
  }

  /** Starts the peer that has the file. */
  openSeed(environment: Readonly<Record<string, string>>, heard: (report: ReportInput) => void): Promise<Peer> {
    const made = { MAKE_FILE: `${FILE_NAME}:${this.#file.octets.length}` };
    return this.#openPeer('seed', OCTETS.seed, { ...made, ...environment }, heard);
  }

  /** Starts the peer `nth`, 0 for the first. */
  openPeer(
    nth: number,
    environment: Readonly<Record<string, string>>,
    heard: (report: ReportInput) => void,
  ): Promise<Peer> {
    return this.#openPeer(`peer-${nth + 1}`, OCTETS.firstPeer + nth, environment, heard);
  }

  /** Stops everything, the last one first, and removes what it has written. */
  async close(): Promise<void> {
    for (const stop of this.#stops.toReversed()) await stop();
    for (const host of this.#hosts) host.remove();
  }

  async #openPeer(
    name: string,
    octet: number,
    environment: Readonly<Record<string, string>>,
    heard: (report: ReportInput) => void,
  ): Promise<Peer> {
    const url = { TORRENT_URL: `http://${SITE}/${TORRENT_NAME}` };
    const running = await this.#start(peer, this.#host(name, 'peer', octet, heard), { ...url, ...environment });
    return { name, state: () => running.state() as PeerState, stop: () => running.stop() };
  }

  async #start(
    program: Parameters<typeof startOn>[0],
    host: LabHost,
    environment: Readonly<Record<string, string>>,
  ): Promise<Running> {
    const running = await startOn(program, host, environment);
    // A peer may have left by itself; whoever is stopped twice stops once.
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= running.stop();
      return stopping;
    };
    this.#stops.push(stop);
    return { ...running, stop };
  }

  #host(name: string, program: string, octet: number, heard?: (report: ReportInput) => void): LabHost {
    const address = this.#address(octet);
    const host = createLabHost({
      name,
      program,
      address,
      names: this.#names,
      ...(heard === undefined ? {} : { heard }),
    });
    this.#hosts.push(host);
    return host;
  }

  #address(octet: number): string {
    return `${this.#place.net}.${this.#place.part}.${octet}`;
  }
}

function torrentOf({ octets, pieceLength }: SharedFile): Uint8Array {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += pieceLength)
    hashes.push(hash('sha1', octets.subarray(at, at + pieceLength), 'buffer'));
  return encodeMetainfo({
    trackers: [[`http://${TRACKER}:${TRACKER_PORT}/announce`]],
    webSeeds: [],
    name: FILE_NAME,
    files: [{ path: [FILE_NAME], length: octets.length }],
    pieceLength,
    pieceHashes: Buffer.concat(hashes),
    isPrivate: false,
    comment: null,
  });
}
