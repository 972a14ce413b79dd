import { hash } from 'node:crypto';
import type { Metainfo } from '#shared/bittorrent/metainfo.ts';
import type { Host } from '#shared/host/host.ts';
import type { Config } from '../config.ts';
import { OFFERS } from '../protocol/extensions.ts';
import type { SwarmPolicy } from '../protocol/policy.ts';
import { Swarm } from '../protocol/swarm.ts';
import type { SwarmOptions } from '../protocol/swarm-exchange.ts';
import type { PieceStore, Verified } from '../store/piece-store.ts';
import type { HandOver } from './metadata-session.ts';
import { type Audience, Reception } from './reception.ts';

/** What a session is given. */
export interface SessionOptions {
  readonly host: Host;
  readonly config: Config;
  readonly port: number;
  readonly peerId: Uint8Array;
  readonly metainfo: Metainfo;
  readonly folder: string;
  readonly store: PieceStore;
  readonly verified: Verified;
  readonly policy: SwarmPolicy;
  /** The limits of the whole peer. */
  readonly limits: NonNullable<SwarmOptions['limits']>;
  readonly handOver: HandOver | null;
  /** Every piece of the torrent is there. */
  completed(): void;
  /** The files are not what they were: nothing that is on the disk is sure any more. */
  diskFailed(because: string): void;
  /** The part that this peer plays wants it to go. */
  leave(because: string): void;
}

/** The swarm of a session that begins. */
export function newSwarm({ host, config, metainfo, port, store, verified, policy, limits }: SessionOptions): Swarm {
  return new Swarm({
    ...policy,
    grid: metainfo.info,
    torrent: metainfo,
    own: { address: host.address, port },
    offers: OFFERS,
    sha1: (octets) => hash('sha1', octets, 'buffer'),
    have: verified.have,
    wanted: store.wantedPieces,
    memory: store.memory,
    webSeeds: metainfo.webSeeds,
    neighboursMax: config.MAX_PEERS,
    role: config.ROLE,
    uploadBytesPerS: config.UPLOAD_BYTES_PER_S,
    downloadBytesPerS: config.DOWNLOAD_BYTES_PER_S,
    limits,
    random: Math.random,
    now: performance.now(),
  });
}

/** The reception of a session that begins without one. */
export function newReception({ host, config, metainfo, port, peerId }: SessionOptions, audience: Audience): Reception {
  const { infoHash } = metainfo;
  return new Reception({ host, port, infoHash, peerId, offers: OFFERS, neighboursMax: config.MAX_PEERS }, audience);
}
