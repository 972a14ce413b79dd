import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server as WebServer } from 'node:http';
import type { Server } from 'node:net';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { encodeCompactPeers } from '#shared/bittorrent/compact-peers.ts';
import { decodeMetainfo } from '#shared/bittorrent/metainfo.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { madeFile } from '../../src/store/made-file.ts';
import { LECTURE, LECTURE_OCTETS, World } from '../scenarios/world.ts';
import { listenScripted, type ScriptedPeer } from '../server/scripted-peer.ts';

export const PEER_PORT = 6881;
export const TRACKER_PORT = 6969;
export const TRACKER_ADDRESS = `${TEST_NET}.30.1`;
export const { infoHash, info } = decodeMetainfo(readFileSync(LECTURE), (octets) =>
  Uint8Array.from(hash('sha1', octets, 'buffer')),
);
const lecture = madeFile({ name: 'lecture.bin', length: LECTURE_OCTETS });

/** A small lab in which the tracker, and whomever it names, is ours to play. */
export class HostileWorld extends World {
  readonly #servers: (Server | WebServer)[] = [];

  override async stop(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
    await super.stop();
  }

  /** In the place of the tracker. */
  async startWebServer(address: string, port: number, answer: RequestListener): Promise<void> {
    const server = createServer(answer);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
  }

  /** A tracker that answers every announce with `body`. */
  async startHostileTracker(body: () => Uint8Array): Promise<void> {
    this.names['tracker.topdown.org'] = [TRACKER_ADDRESS];
    await this.startWebServer(TRACKER_ADDRESS, TRACKER_PORT, (_, response) => void response.end(body()));
  }

  /** Peers that are dialled and do what `welcome` says, and a tracker that tells of them. */
  async startHostileSeeds(count: number, welcome: (peer: ScriptedPeer, nth: number) => void): Promise<void> {
    for (let nth = 1; nth <= count; nth++) {
      this.#servers.push(await listenScripted(hostileAddress(nth), PEER_PORT, (peer) => welcome(peer, nth)));
    }
    const peers = Array.from({ length: count }, (_, nth) => ({ address: hostileAddress(nth + 1), port: PEER_PORT }));
    await this.startHostileTracker(() => announceAnswer(peers));
  }
}

export function hostileAddress(nth: number): string {
  return `${TEST_NET}.66.${nth}`;
}

export function announceAnswer(peers: readonly { address: string; port: number }[]): Uint8Array {
  const compact = encodeCompactPeers(peers);
  return Buffer.concat([octetsOfKey(`d8:intervali30e5:peers${compact.length}:`), compact, octetsOfKey('e')]);
}

/** The block that is asked for. */
export function blockOf({ index, begin, length }: { index: number; begin: number; length: number }): Uint8Array {
  const at = index * info.pieceLength + begin;
  return lecture.subarray(at, at + length);
}
