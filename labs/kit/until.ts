const LOOK_MS = 10;

/** Waits until `isTrue`. @throws Error that says what was waited for in vain */
export async function until(isTrue: () => boolean, what: string, msMax: number): Promise<void> {
  const deadline = performance.now() + msMax;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`Waited for ${msMax / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
