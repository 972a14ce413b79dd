/**
 * The least time in which a file can reach N peers, in both architectures of the course notes (B 2.5.1): one server that gives
 * every copy itself, and peers that help. Fluid model of R. Kumar and K. W. Ross, "Peer-Assisted File Distribution: The Minimum
 * Distribution Time" (2006): bits can be cut at will, the network inside is never the limit, and the bound can be reached.
 *
 *     D_cs  = max( N F / u_s,  F / d_min )
 *     D_p2p = max( F / u_s,    F / d_min,   N F / (u_s + u_1 + ... + u_N) )
 *
 * F is the file, u_s the upload of the server, u_i that of peer i, d_min the slowest download. All sizes in one unit and all
 * rates in that unit per second: bits or octets, whichever is at hand. D_p2p is never larger than D_cs. It is equal for one
 * peer, and whenever a download or the server's first copy is what takes longest: "always smaller" is a little too much.
 */

/** Who is to get a file from whom, as far as the bounds depend on it. */
export interface Distribution {
  /** F. */
  readonly fileSize: number;
  /** u_s, per second. */
  readonly serverUpload: number;
  /** N: how many are to get the file. */
  readonly peers: number;
  /** The uploads of all peers together, per second; 0 when nobody gives anything on. */
  readonly peersUpload: number;
  /** d_min, per second; Infinity where no download has a limit. */
  readonly slowestDownload: number;
}

/** N peers of which one is as the other. */
export interface EqualPeers {
  readonly fileSize: number;
  readonly serverUpload: number;
  readonly peers: number;
  /** u of each peer, per second. */
  readonly upload: number;
  /** d of each peer, per second; Infinity for no limit. */
  readonly download: number;
}

/** What each term of a bound is the time of. */
export type Bottleneck =
  | 'every copy from the server'
  | 'the first copy'
  | 'the slowest download'
  | 'all uploads together';

interface BoundTerm {
  readonly bottleneck: Bottleneck;
  /** As the notes write it: `N F / u_s`. */
  readonly formula: string;
  readonly seconds: number;
}

/** A bound: the largest of its terms. */
export interface Bound {
  readonly seconds: number;
  /** The term that decides; of equal ones the first. */
  readonly bottleneck: Bottleneck;
  readonly terms: readonly BoundTerm[];
}

/** One point of the two curves. */
export interface CurvePoint {
  readonly peers: number;
  readonly clientServer: Bound;
  readonly p2p: Bound;
}

/** @throws RangeError for numbers that are none of a distribution */
export function ofEqualPeers({ fileSize, serverUpload, peers, upload, download }: EqualPeers): Distribution {
  return checked({ fileSize, serverUpload, peers, peersUpload: peers * upload, slowestDownload: download });
}

/** Peers that differ. @throws RangeError for numbers that are none of a distribution */
export function ofPeers(
  server: Pick<Distribution, 'fileSize' | 'serverUpload'>,
  peers: readonly { readonly upload: number; readonly download: number }[],
): Distribution {
  return checked({
    ...server,
    peers: peers.length,
    peersUpload: peers.reduce((sum, { upload }) => sum + upload, 0),
    slowestDownload: peers.reduce((least, { download }) => Math.min(least, download), Number.POSITIVE_INFINITY),
  });
}

/** D_cs: the server gives N copies, and the slowest peer has to take in one. */
export function clientServerBound({ fileSize, serverUpload, peers, slowestDownload }: Distribution): Bound {
  return largest([
    term('every copy from the server', 'N F / u_s', (peers * fileSize) / serverUpload),
    term('the slowest download', 'F / d_min', fileSize / slowestDownload),
  ]);
}

/**
 * D_p2p: every bit leaves the server at least once, the slowest peer has to take in one copy, and N copies are given by all
 * uploads together.
 */
export function p2pBound({ fileSize, serverUpload, peers, peersUpload, slowestDownload }: Distribution): Bound {
  return largest([
    term('the first copy', 'F / u_s', fileSize / serverUpload),
    term('the slowest download', 'F / d_min', fileSize / slowestDownload),
    term('all uploads together', 'N F / (u_s + sum u_i)', (peers * fileSize) / (serverUpload + peersUpload)),
  ]);
}

/** Both bounds for each number of peers, all of them equal. */
export function boundCurves(setting: Omit<EqualPeers, 'peers'>, counts: readonly number[]): CurvePoint[] {
  return counts.map((peers) => {
    const distribution = ofEqualPeers({ ...setting, peers });
    return { peers, clientServer: clientServerBound(distribution), p2p: p2pBound(distribution) };
  });
}

/**
 * What D_p2p comes near to as N grows and never passes: F / u, unless a term without N is larger. Infinity when peers give
 * nothing: then it grows like D_cs.
 */
export function p2pCeiling({ fileSize, serverUpload, upload, download }: Omit<EqualPeers, 'peers'>): number {
  return Math.max(fileSize / serverUpload, fileSize / download, fileSize / upload);
}

/**
 * The least time when the file has `parts` equal parts that are given on only whole, as BitTorrent's pieces, and when server
 * and users have the same upload: 1 + floor(log2 N) / M, in units of F / u (Mundinger, Weber and Weiss, "Optimal Scheduling
 * of Peer-to-Peer File Dissemination", 2008). It tells how much of a gap to D_p2p is due to the pieces: little.
 */
export function leastTimeInParts(users: number, parts: number): number {
  return 1 + Math.floor(Math.log2(users)) / parts;
}

const MEGABIT = 1e6;

/** The textbook's exercise: a file of 20 Gbit, a server of 30 Mbit/s, downloads of 2 Mbit/s; in bits. */
export const EXERCISE = {
  fileSize: 20_000 * MEGABIT,
  serverUpload: 30 * MEGABIT,
  download: 2 * MEGABIT,
  uploads: [0.3 * MEGABIT, 0.7 * MEGABIT, 2 * MEGABIT],
  peers: [10, 100, 1_000],
} as const;

/** The textbook's figure: F / u is one hour, u_s is 10 u, and downloads are no limit; u is 1, so that F is 3,600. */
export const FIGURE: Omit<EqualPeers, 'peers'> = {
  fileSize: 3_600,
  serverUpload: 10,
  upload: 1,
  download: Number.POSITIVE_INFINITY,
};

function term(bottleneck: Bottleneck, formula: string, seconds: number): BoundTerm {
  return { bottleneck, formula, seconds };
}

function largest(terms: readonly [BoundTerm, ...BoundTerm[]]): Bound {
  const { bottleneck, seconds } = terms.reduce((most, one) => (one.seconds > most.seconds ? one : most));
  return { seconds, bottleneck, terms };
}

function checked(distribution: Distribution): Distribution {
  const { fileSize, serverUpload, peers, peersUpload, slowestDownload } = distribution;
  if (!(fileSize > 0 && Number.isFinite(fileSize))) throw new RangeError('Give a file of more than nothing');
  if (!(serverUpload > 0 && Number.isFinite(serverUpload))) throw new RangeError('Give a server with an upload');
  if (!(Number.isInteger(peers) && peers >= 1)) throw new RangeError('Give a whole number of peers, one at least');
  if (!(peersUpload >= 0 && Number.isFinite(peersUpload))) throw new RangeError('Give peers an upload of 0 or more');
  if (!(slowestDownload > 0)) throw new RangeError('Give peers a download');
  return distribution;
}
