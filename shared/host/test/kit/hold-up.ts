/** Holds this process up for so many milliseconds, as a machine does that is busy elsewhere: no timer, no socket. */
export function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
