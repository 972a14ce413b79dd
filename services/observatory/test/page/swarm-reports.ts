import type { Report } from '#shared/report.ts';

export type Shown = Report & { readonly seq: number };

/** A torrent of four pieces of 100 octets, the last of 50. */
export const TORRENT = { infoHash: 'ab'.repeat(20), name: 'f', pieces: 4, pieceLength: 100, length: 350 };
export const HOSTS = new Map([
  ['seed', '127.0.30.2'],
  ['peer-1', '127.0.31.1'],
  ['peer-2', '127.0.32.1'],
  ['tracker', '127.0.30.1'],
]);
export const SEED = '127.0.30.2';
export const ONE = '127.0.31.1';
export const TWO = '127.0.32.1';
export const GUEST = '127.0.100.1';
const PORT = 6881;

let seq = 0;

/** A report of a host at a time in milliseconds. */
export function told(host: string, at: number, kind: string, rest: Partial<Shown> = {}): Shown {
  seq += 1;
  const program = host === 'tracker' ? 'tracker' : 'peer';
  return { seq, at, host, program, pid: 1, kind, exchange: `${host}.${seq}`, summary: '', ...rest };
}

/** A message between two peers, as `host` reports it. */
export function said(host: string, at: number, kind: string, from: string, to: string, message: object = {}): Shown {
  const exchange = `bt-${[from, to].toSorted().join('-')}`;
  const ends = { from: { address: from, port: PORT }, to: { address: to, port: 40_000 } };
  return told(host, at, `bittorrent.${kind}`, { ...ends, exchange, message });
}

/** The hash of a piece was right. */
export function verified(host: string, at: number, index: number, givers: Readonly<Record<string, number>>): Shown {
  return told(host, at, 'bittorrent.verified', { message: { infoHash: TORRENT.infoHash, index, givers } });
}

/** A peer begins to take part. */
export function joined(host: string, at: number, bits: string, pickPolicy = 'rarest'): Shown {
  const message = { infoHash: TORRENT.infoHash, address: HOSTS.get(host), bits, policy: { pickPolicy } };
  return told(host, at, 'bittorrent.joined', { message: { ...message, limits: { uploadBytesPerS: 0 } } });
}

/** A piece is begun with a neighbour. */
export function picked(host: string, at: number, index: number, from: string): Shown {
  const exchange = `bt-${[HOSTS.get(host) ?? '', from].toSorted().join('-')}`;
  return told(host, at, 'bittorrent.pick', {
    exchange,
    to: { address: from, port: PORT },
    message: { index, mode: 'rarest' },
    because: 'the rarest that it has',
  });
}

/** Two connect. */
export function handshake(host: string, at: number, from: string, to: string): Shown {
  return said(host, at, 'handshake', from, to, { infoHash: TORRENT.infoHash });
}

/** A round: the seed gives pieces 0 and 1 to one, 2 and 3 to the other, and they swap. */
export function wholeRound(from: number, policy = 'rarest'): Shown[] {
  return [
    joined('peer-1', from, '0', policy),
    joined('peer-2', from + 1, '0', policy),
    handshake('peer-1', from + 2, ONE, SEED),
    handshake('peer-2', from + 2, TWO, SEED),
    handshake('peer-2', from + 2, TWO, ONE),
    said('seed', from + 3, 'unchoke', SEED, ONE),
    said('peer-1', from + 3, 'interested', ONE, SEED),
    picked('peer-1', from + 4, 0, SEED),
    ...[0, 1].map((index) => verified('peer-1', from + 100 + index * 100, index, { [SEED]: 2 })),
    ...[2, 3].map((index) => verified('peer-2', from + index * 100, index, { [SEED]: 2 })),
    ...[2, 3].map((index) => verified('peer-1', from + 200 + index * 100, index, { [TWO]: 2 })),
    ...[0, 1].map((index) => verified('peer-2', from + 600 + index * 100, index, { [ONE]: 1, [SEED]: 1 })),
  ].toSorted((a, b) => a.at - b.at);
}
