import type { Fields } from '#shared/http/fields.ts';
import type { EntryWriter } from '../store/response-store.ts';
import type { BodySource } from './body-source.ts';
import type { ClientAnswer } from './client-answer.ts';

export interface Relayed {
  /** Whether the origin sent all that it had promised. */
  readonly complete: boolean;
  readonly octets: number;
}

/** How long, and for how many octets, a body is worth reading that nobody gets: then the connection is worth less than that. */
interface RelayLimits {
  /** While nobody else waits for what is stored, it must come at this pace in each window: an origin that drips holds no place. */
  readonly windowMs: number;
  readonly octetsPerS: number;
  /** What is neither sent nor stored is read to its end if that is near. */
  readonly drainedMs: number;
  readonly drainedOctets: number;
}

const RELAY_LIMITS: RelayLimits = { windowMs: 60_000, octetsPerS: 500, drainedMs: 5_000, drainedOctets: 262_144 };

/**
 * Passes a body to a client and into an entry of the store. What is not stored flows as fast as the client reads. What is
 * stored flows as fast as the origin sends and the disk takes it, because others may read it: the client reads the entry like
 * them, and the entry is filled to its end although the client goes away. A body that breaks off abandons it.
 *
 * @param client null when the client already has its answer
 * @param entry null when the response must not be stored
 */
export async function relayBody(
  body: BodySource,
  client: ClientAnswer | null,
  entry: EntryWriter | null,
  limits = RELAY_LIMITS,
): Promise<Relayed> {
  const trailers = () => body.trailers;
  if (entry === null) return client === null ? drain(body, limits) : sendPieces([body], client, trailers);
  const sending = client === null ? null : sendPieces([entry.body.read(0, Infinity)], client, trailers);
  const filled = await fill(body, entry, () => client?.isGone === false, limits);
  await sending;
  return filled;
}

/** Passes bodies to a client, one behind the other, as fast as it reads. */
export async function sendPieces(
  pieces: readonly BodySource[],
  client: ClientAnswer,
  trailers: () => Fields = () => [],
): Promise<Relayed> {
  const cancel = () => {
    for (const piece of pieces) piece.cancel();
  };
  client.onGone(cancel);
  let octets = 0;
  try {
    for (const piece of pieces) {
      for (let chunk = await piece.read(); chunk !== null; chunk = await piece.read()) {
        octets += chunk.length;
        if (await client.write(chunk)) continue;
        cancel();
        return { complete: false, octets };
      }
    }
    client.end(trailers());
    return { complete: true, octets };
  } catch {
    client.breakOff();
    return { complete: false, octets };
  }
}

/** Fills an entry; it is an entry like the others as soon as the last octet has come, however slow a client is. */
async function fill(
  body: BodySource,
  entry: EntryWriter,
  isAwaited: () => boolean,
  { windowMs, octetsPerS }: RelayLimits,
): Promise<Relayed> {
  let octets = 0;
  let window = { since: performance.now(), octets: 0 };
  const isTooSlow = () => {
    const now = performance.now();
    if (!isAwaited() && now - window.since < windowMs) return false;
    const slow = !isAwaited() && ((octets - window.octets) * 1000) / (now - window.since) < octetsPerS;
    window = { since: now, octets };
    return slow;
  };
  try {
    for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
      octets += chunk.length;
      if ((await entry.write(chunk)) && !isTooSlow()) continue;
      body.cancel();
      entry.abandon();
      return { complete: false, octets };
    }
    await entry.commit();
    return { complete: true, octets };
  } catch {
    entry.abandon();
    return { complete: false, octets };
  }
}

async function drain(body: BodySource, { drainedMs, drainedOctets }: RelayLimits): Promise<Relayed> {
  const since = performance.now();
  let octets = 0;
  try {
    for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
      octets += chunk.length;
      if (octets <= drainedOctets && performance.now() - since < drainedMs) continue;
      body.cancel();
      return { complete: false, octets };
    }
    return { complete: true, octets };
  } catch {
    return { complete: false, octets };
  }
}
