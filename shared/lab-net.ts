/**
 * The lab's address plan. Files are written with 10.53.x.y; a lab runs on any prefix of two octets (`LAB_NET`), the
 * embedded one on 127.53. The last two octets are the same everywhere.
 */

/** The prefix that zone files, accounts and documents are written with. */
export const WRITTEN_NET = '10.53';

/** The host part of addresses with a fixed meaning in every lab. */
export const GATEWAY_SUFFIX = '0.1';
export const RESOLVER_SUFFIX = '4.1';

/** `10.53.1.2` as this lab (`net`, two octets such as `127.53`) has it; an address outside the plan is left alone. */
export function addressInLab(written: string, net: string): string {
  return written.startsWith(`${WRITTEN_NET}.`) ? `${net}${written.slice(WRITTEN_NET.length)}` : written;
}

/** Whether `address` belongs to the lab on the prefix `net`. */
export function isLabAddress(address: string, net: string): boolean {
  return address.startsWith(`${net}.`);
}

/** Whether `text` is a prefix of two octets. */
export function isLabNet(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 2 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}
