/**
 * The parts that a peer of the lab can play. An `ordinary` one keeps to BEP 3; the others are the same program with one thing
 * changed, to see what they do to a swarm and what it does to them. A role is a row of the table: what it shows, whom it
 * unchokes, what it answers, how long it stays.
 */

export interface Role {
  /** Whether it says to have every piece, whatever it has. */
  readonly claimsAll: boolean;
  /** Whom it unchokes: as its choke policy says, everybody, or nobody. */
  readonly unchokes: 'by policy' | 'everybody' | 'nobody';
  /** What comes for a request: the block, octets that are wrong, or nothing. */
  readonly answers: 'rightly' | 'wrongly' | 'never';
  /** Whether it says anything after the handshake. */
  readonly speaks: boolean;
  /** Octets per second that it uploads at most, whatever its limit; 0 for no such bound. */
  readonly uploadBytesPerSMax: number;
  /** Copies of the file after which a seed leaves; null when it stays. */
  readonly leavesAfterCopies: number | null;
  /** What it does, as a reason: "it plays a free rider: ...". */
  readonly because: string;
}

const ORDINARY = {
  claimsAll: false,
  unchokes: 'by policy',
  answers: 'rightly',
  speaks: true,
  uploadBytesPerSMax: 0,
  leavesAfterCopies: null,
  because: 'it keeps to BEP 3',
} as const satisfies Role;

/** One block in two seconds: too often to be snubbed, too slow to be of use. */
const SLOW_BYTES_PER_S = 8 * 1024;

export const ROLES = {
  ordinary: ORDINARY,
  'free-rider': { ...ORDINARY, unchokes: 'nobody', because: 'it plays a free rider: it takes and never gives' },
  poisoner: {
    ...ORDINARY,
    claimsAll: true,
    unchokes: 'everybody',
    answers: 'wrongly',
    because: 'it plays a poisoner: it says to have everything and gives wrong octets',
  },
  liar: {
    ...ORDINARY,
    claimsAll: true,
    unchokes: 'everybody',
    answers: 'never',
    because: 'it plays a liar: it says to have everything and answers no request',
  },
  leaver: { ...ORDINARY, leavesAfterCopies: 1, because: 'it plays a leaver: as a seed it goes after one copy' },
  slow: {
    ...ORDINARY,
    uploadBytesPerSMax: SLOW_BYTES_PER_S,
    because: `it plays a slow peer: it gives ${SLOW_BYTES_PER_S / 1024} KiB/s`,
  },
  silent: { ...ORDINARY, speaks: false, because: 'it plays a silent peer: after the handshake it says nothing' },
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as [RoleName, ...RoleName[]];

/** What a poisoner fills a block with: nobody's file is made of it. */
const POISON = 0x9d;

/** The octets that a poisoner gives in the place of a block. */
export function poison(octets: Uint8Array): void {
  octets.fill(POISON);
}
