/** The parts of the lab's address plan, in its order. A host's part is told by the third octet of its address. */
export const PLAN_PARTS = [
  'lab',
  'root',
  'tld',
  'authoritative',
  'resolver',
  'origin',
  'cache',
  'mail',
  'p2p',
  'sockets',
  'client',
  'other',
] as const;
export type PlanPart = (typeof PLAN_PARTS)[number];

/** First and last third octet of each part. */
const THIRD_OCTETS: readonly (readonly [first: number, last: number, part: PlanPart])[] = [
  [0, 0, 'lab'],
  [1, 1, 'root'],
  [2, 2, 'tld'],
  [3, 3, 'authoritative'],
  [4, 4, 'resolver'],
  [10, 10, 'origin'],
  [11, 11, 'cache'],
  [20, 29, 'mail'],
  [30, 39, 'p2p'],
  [40, 40, 'sockets'],
  [100, 100, 'client'],
];

/** The part of the plan that an IPv4 address of the lab lies in. */
export function partOf(address: string): PlanPart {
  const third = Number(address.split('.')[2]);
  return THIRD_OCTETS.find(([first, last]) => third >= first && third <= last)?.[2] ?? 'other';
}
