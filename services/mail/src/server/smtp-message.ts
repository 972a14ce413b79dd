import type { FaultOutcome } from './faults.ts';

/** Thrown into the intake when a fault on purpose strikes a message: nothing of it is stored then. */
export class BreakOff extends Error {
  readonly fault: FaultOutcome;

  constructor(fault: FaultOutcome) {
    super('a fault on purpose struck the message');
    this.fault = fault;
  }
}

/** A fault that breaks the connection in the middle of the mail data. */
type LaterDrop = Extract<FaultOutcome, { kind: 'drop' }>;

/**
 * The mail data, with the faults on purpose that strike it: `later` after so many octets, and behind the dot what `atDot` gives.
 */
export async function* withFaults(
  mailData: AsyncIterable<Uint8Array>,
  later: LaterDrop | null,
  atDot: () => Promise<FaultOutcome | null> | null,
): AsyncGenerator<Uint8Array> {
  if (later === null) yield* mailData;
  else yield* breakingOff(mailData, later);
  const fault = await atDot();
  if (fault !== null) throw new BreakOff(fault);
}

async function* breakingOff(mailData: AsyncIterable<Uint8Array>, fault: LaterDrop): AsyncGenerator<Uint8Array> {
  let octets = 0;
  for await (const piece of mailData) {
    octets += piece.length;
    if (octets > fault.afterOctets) throw new BreakOff(fault);
    yield piece;
  }
}
