/** When a quiet connection is kept alive, and when it is given up (BEP 3, "peer messages"). */

/** Silence after which a keep-alive is sent, in milliseconds: "generally sent once every two minutes". */
const KEEP_ALIVE_MS = 120_000;
/** Silence after which a neighbour is taken to be gone, in milliseconds: a keep-alive may be late by half a minute. */
const IDLE_MS_MAX = 150_000;
const MS_PER_S = 1000;

export type Liveness = { readonly kind: 'gone' | 'keep alive' | 'well'; readonly because: string };

export function livenessOf(quiet: { lastReceivedAt: number; lastSentAt: number }, now: number): Liveness {
  if (now - quiet.lastReceivedAt >= IDLE_MS_MAX)
    return { kind: 'gone', because: `it has been silent for ${IDLE_MS_MAX / MS_PER_S} s` };
  if (now - quiet.lastSentAt >= KEEP_ALIVE_MS)
    return { kind: 'keep alive', because: `nothing was sent for ${KEEP_ALIVE_MS / MS_PER_S} s` };
  return { kind: 'well', because: '' };
}
