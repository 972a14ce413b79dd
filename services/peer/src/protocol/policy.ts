/**
 * What may be chosen about a swarm, and chosen anew while it runs: which piece is fetched next, who is uploaded to, and what a
 * seed shows of what it has. The first value of each is what clients do; the others are there to be compared.
 */

/** Which piece is started next: the one with the fewest copies, any one, or the first. */
export const PICK_POLICIES = ['rarest', 'random', 'sequential'] as const;
export type PickPolicy = (typeof PICK_POLICIES)[number];

/** Who is uploaded to: those that give most (BEP 3), or everybody that is interested. */
export const CHOKE_POLICIES = ['tit-for-tat', 'none'] as const;
type ChokePolicy = (typeof CHOKE_POLICIES)[number];

/** Whom a seed uploads to: each in turn, or those that take most. */
export const SEED_POLICIES = ['round-robin', 'fastest'] as const;
type SeedPolicy = (typeof SEED_POLICIES)[number];

export interface SwarmPolicy {
  readonly pickPolicy: PickPolicy;
  readonly chokePolicy: ChokePolicy;
  readonly seedPolicy: SeedPolicy;
  /** Neighbours that are uploaded to at the same time under `tit-for-tat`. */
  readonly uploadSlots: number;
  /** Whether a seed shows each neighbour a piece at a time (BEP 16). */
  readonly superSeeds: boolean;
  /** Whether a seed suggests to each neighbour what nobody else was given yet (BEP 6). */
  readonly suggests: boolean;
}

/** What a peer does unless it is told otherwise. */
export const POLICY_START: SwarmPolicy = {
  pickPolicy: 'rarest',
  chokePolicy: 'tit-for-tat',
  seedPolicy: 'round-robin',
  uploadSlots: 4,
  superSeeds: false,
  suggests: true,
};
