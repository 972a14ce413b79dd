import type { EqualPeers } from '#shared/bittorrent/distribution-time.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

export type Architecture = 'client-server' | 'p2p';

/** One experiment on distribution time: the file, who may send and take how fast, and how many are to get it. */
export interface Setting extends Omit<EqualPeers, 'peers'> {
  /** What it shows, in a sentence. */
  readonly shows: string;
  /** Octets of a piece: what a peer can give on at the earliest. */
  readonly pieceLength: number;
  /** N, one after the other. */
  readonly counts: readonly number[];
  /** What is measured; both when absent. */
  readonly architectures?: readonly Architecture[];
}

/** A file that a peer of 256 KiB/s gives on in a minute; its 240 pieces are so small that giving on only whole ones costs little. */
const FILE = { fileSize: 15 * MIB, pieceLength: 64 * KIB } as const;
const COUNTS = [1, 2, 4, 8, 16] as const;

/** In octets and octets per second. */
export const SETTINGS = {
  figure: {
    shows: "the textbook's figure, an hour being a minute: u_s = 10 u, downloads without a limit",
    ...FILE,
    serverUpload: 2560 * KIB,
    upload: 256 * KIB,
    download: Number.POSITIVE_INFINITY,
    counts: COUNTS,
  },
  equal: {
    shows: 'a server no faster than a peer: D_p2p is the same for every N',
    ...FILE,
    serverUpload: MIB,
    upload: MIB,
    download: Number.POSITIVE_INFINITY,
    counts: [1, 2, 4, 8],
  },
  downlink: {
    shows: 'slow downloads: as long as they are the limit, P2P is no faster',
    ...FILE,
    serverUpload: 2560 * KIB,
    upload: 256 * KIB,
    download: 512 * KIB,
    counts: COUNTS,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Part of the file that a quick measurement distributes, and the largest N of it. */
const QUICK_PORTION = 1 / 3;
const QUICK_PEERS_MAX = 4;

/** The same in a third of the time and for few peers: for a first look, and as a test. */
export function quickly(setting: Setting): Setting {
  return {
    ...setting,
    fileSize: setting.fileSize * QUICK_PORTION,
    counts: setting.counts.filter((peers) => peers <= QUICK_PEERS_MAX),
  };
}
