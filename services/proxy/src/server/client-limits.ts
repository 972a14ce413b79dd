/** What clients may take of the proxy: times in milliseconds, the rest in numbers. Tests give smaller ones. */
export interface ClientLimits {
  /** From the first octet of a head, or from the connection's beginning, to the end of the head. */
  readonly headMs: number;
  /** For a body, beside what its octets earn it (`bodyOctetsPerS`). */
  readonly bodyMs: number;
  /** A body that comes at least as fast may take as long as it needs: slower than any modem, faster than a drip. */
  readonly bodyOctetsPerS: number;
  /** How long a connection may be kept without a request. */
  readonly idleMs: number;
  /** How long a client may take none of the octets that wait for it. */
  readonly sendMs: number;
  /** How long a client that was told that the connection ends may go on sending: silent for so long, and at most in all. */
  readonly lingerSilentMs: number;
  readonly lingerMs: number;
  /** How often slow clients are looked for. */
  readonly checkMs: number;
  /** Connections at once. Where there are more, the one that has been idle longest makes room. */
  readonly connectionsMax: number;
  /** Octets of later requests that are taken in while an earlier one is being answered. */
  readonly aheadOctetsMax: number;
  /** Octets of heads that are not complete and of later requests, of all clients together: beyond them only little ones go on. */
  readonly heldOctetsMax: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  headMs: 5_000,
  bodyMs: 10_000,
  bodyOctetsPerS: 500,
  idleMs: 60_000,
  sendMs: 60_000,
  lingerSilentMs: 1_000,
  lingerMs: 5_000,
  checkMs: 250,
  connectionsMax: 16_384,
  aheadOctetsMax: 65_536,
  heldOctetsMax: 16_777_216,
};
