import { createServer } from 'node:net';

/** What is added to ports below 1024 where this user may not bind them. */
const OFFSET = 10_000;
/** A privileged port that no program of the lab uses, to try with. */
const PROBE_PORT = 1;

/** 0 where this user may bind ports below 1024 on `address`, otherwise 10000. */
export function portOffset(address: string): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES' ? OFFSET : 0));
    probe.listen(PROBE_PORT, address, () => probe.close(() => resolve(0)));
  });
}
