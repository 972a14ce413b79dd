import type { Incoming } from './incoming.ts';

/** The whole body, or null when it is longer than `octetsMax` or broke off; what is left of it stays unread. */
export async function readWhole(incoming: Incoming, octetsMax: number): Promise<Uint8Array | null> {
  if (!incoming.isBodyLeft) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let octets = 0;
  try {
    for await (const chunk of incoming.body()) {
      octets += chunk.length;
      if (octets > octetsMax) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}
