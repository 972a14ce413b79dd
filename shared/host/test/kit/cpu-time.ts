/**
 * What this thread has cost so far, in milliseconds of a processor: what a test that bounds a cost looks at. The clock on the wall
 * goes on while other programs of the machine have the processor.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** What `work` costs in this thread, in milliseconds of a processor. */
export function cpuMsOf(work: () => void): number {
  const begun = cpuMs();
  work();
  return cpuMs() - begun;
}
