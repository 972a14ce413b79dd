import { isLabAddress } from '../lab-net.ts';

/** The machine itself, as it appears to an embedded lab; to containers it appears as the network's gateway. */
export const OWN_MACHINE = '127.0.0.1';

/** Whether a client belongs to the lab on the prefix `net`: may ask for recursion, and for whole zones. */
export function isLabClient(address: string, net: string): boolean {
  return isLabAddress(address, net) || (net.startsWith('127.') && address === OWN_MACHINE);
}
