import type { IncomingMessage, ServerResponse } from 'node:http';

/** Octets of responses that are being recorded, all together: beyond them responses pass without being stored. */
export const RECORDING_OCTETS_MAX = 16 * 1024 * 1024;

/** What recording may still take; shared by all responses on their way. */
export interface Budget {
  left: number;
}

export interface Relayed {
  /** Whether the origin sent all that it had promised. */
  readonly complete: boolean;
  readonly octets: number;
  /** All octets, when they were recorded and are complete. */
  readonly recorded: Uint8Array | null;
}

interface Recording {
  readonly octetsMax: number;
  readonly budget: Budget;
}

/**
 * Passes a body from an origin to a client. What is not recorded flows as fast as the client reads. What is recorded flows
 * as fast as the origin sends, because others may wait for it: it is held in memory anyway, up to the limit of an object; and
 * it is read to its end although the client goes away.
 *
 * @param client null when the client already has its answer
 * @param recording null when the response must not be stored
 */
export function relayBody(
  message: IncomingMessage,
  client: ServerResponse | null,
  recording: Recording | null,
): Promise<Relayed> {
  let chunks: Buffer[] | null = recording === null ? null : [];
  let octets = 0;
  let taken = 0;
  const isGone = () => client === null || client.destroyed || client.writableEnded;

  const stopRecording = () => {
    chunks = null;
    if (recording !== null) recording.budget.left += taken;
    taken = 0;
  };
  const record = (chunk: Buffer) => {
    if (chunks === null || recording === null) return;
    if (octets > recording.octetsMax || recording.budget.left < chunk.length) return stopRecording();
    chunks.push(chunk);
    taken += chunk.length;
    recording.budget.left -= chunk.length;
  };
  const onClientClose = () => {
    if (chunks === null) message.destroy();
    else message.resume();
  };

  return new Promise((resolve) => {
    const finish = (complete: boolean) => {
      client?.off('close', onClientClose);
      client?.off('drain', onDrain);
      const recorded = complete && chunks !== null ? Buffer.concat(chunks) : null;
      stopRecording();
      // RFC 9112, section 8: a client must be able to see that octets are missing.
      if (client !== null && complete) client.end();
      else if (client !== null) client.destroy();
      resolve({ complete, octets, recorded });
    };
    const onDrain = () => message.resume();
    client?.on('close', onClientClose);
    client?.on('drain', onDrain);
    message.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      record(chunk);
      const full = !isGone() && client?.write(chunk) === false;
      if (chunks === null && isGone()) message.destroy();
      else if (full && chunks === null) message.pause();
    });
    // "close" follows each end, a good one and a bad one; only then is it known whether the message was complete.
    message.once('close', () => finish(message.complete));
    message.on('error', () => {});
    if (message.destroyed) finish(message.complete);
  });
}
