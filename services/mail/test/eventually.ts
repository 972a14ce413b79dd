import { PATIENCE_MS } from './line-client.ts';

/** Waits until `look` gives something other than null or false. */
export async function eventually<Value>(
  look: () => Promise<Value | null | false> | Value | null | false,
  what = 'it',
): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
