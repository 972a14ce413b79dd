/**
 * An application for a name: what somebody sends in, checked. A domain needs at least two name servers (RFC 1034,
 * section 4.1), a primary and a secondary, and for each the name and the address, from which the registry's server makes
 * NS records and their glue.
 */
import { parseIpv4 } from '#shared/dns/address-text.ts';
import { addressInLab, isLabAddress } from '#shared/lab-net.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import { parseHostName } from './host-name.ts';

/** A name server as an application gives it. */
export interface NameServer {
  readonly name: string;
  readonly address: string;
}

/** What a holder may change later. */
export interface Particulars {
  /** Who holds the name, in words; may be empty. */
  readonly registrant: string;
  readonly nameServers: readonly NameServer[];
}

/** What is wrong with a field, as a code that the page has words for in every language. */
export type FaultCode =
  | 'notAnObject'
  | 'nameMissing'
  | 'nameSyntax'
  | 'nameLevel'
  | 'tldNotSold'
  | 'tooFewServers'
  | 'tooManyServers'
  | 'serverSyntax'
  | 'serverAddress'
  | 'serverTwice'
  | 'registrantStrange';

export interface Fault {
  /** `name`, `registrant`, `nameServers`, or one of these: `nameServers.1` counts from 0. */
  readonly field: string;
  readonly code: FaultCode;
  /** What the words of the code have a place for. */
  readonly detail?: string | undefined;
}

/** Where the lab is and what is sold in it. */
export interface Terms {
  /** The lab's prefix of two octets. */
  readonly net: string;
  readonly tlds: readonly string[];
}

/** Name servers of one domain: two by RFC 1034, section 4.1; more than thirteen do not fit a referral of 512 octets. */
const NAME_SERVERS_MIN = 2;
const NAME_SERVERS_MAX = 13;
/** Characters of the registrant's name. */
const REGISTRANT_LENGTH_MAX = 200;

export type Checked<T> = { readonly value: T } | { readonly faults: readonly Fault[] };

/** The name that `input` asks for, in lower case: one label below a TLD that is sold. */
export function checkName(input: unknown, terms: Terms): Checked<string> {
  if (typeof input !== 'string' || input.trim() === '') return { faults: [{ field: 'name', code: 'nameMissing' }] };
  const sold = terms.tlds.join(', ');
  const labels = labelsOf(input.trim());
  if (typeof labels === 'string') return { faults: [{ field: 'name', code: 'nameSyntax', detail: labels }] };
  const tld = labels.at(-1) ?? '';
  if (!terms.tlds.includes(tld)) return { faults: [{ field: 'name', code: 'tldNotSold', detail: sold }] };
  if (labels.length !== 2) return { faults: [{ field: 'name', code: 'nameLevel', detail: sold }] };
  return { value: labels.join('.') };
}

/** Registrant and name servers of `input`, with every fault that they have. */
export function checkParticulars(input: unknown, terms: Terms): Checked<Particulars> {
  if (!isObject(input)) return { faults: [{ field: '', code: 'notAnObject' }] };
  const faults: Fault[] = [];
  const registrant = input.registrant ?? '';
  // A line feed would begin a new line in an answer of WHOIS.
  if (typeof registrant !== 'string' || registrant.length > REGISTRANT_LENGTH_MAX || /\p{Cc}/u.test(registrant)) {
    faults.push({ field: 'registrant', code: 'registrantStrange', detail: String(REGISTRANT_LENGTH_MAX) });
  }
  const nameServers = checkNameServers(input.nameServers, terms, faults);
  return faults.length > 0 ? { faults } : { value: { registrant: String(registrant).trim(), nameServers } };
}

function checkNameServers(input: unknown, terms: Terms, faults: Fault[]): readonly NameServer[] {
  const given: readonly unknown[] = Array.isArray(input) ? input : [];
  if (given.length < NAME_SERVERS_MIN) {
    faults.push({ field: 'nameServers', code: 'tooFewServers' });
    return [];
  }
  if (given.length > NAME_SERVERS_MAX) {
    faults.push({ field: 'nameServers', code: 'tooManyServers', detail: String(NAME_SERVERS_MAX) });
    return [];
  }
  const servers = given.map((each, index) => checkNameServer(each, `nameServers.${index}`, terms, faults));
  for (const [index, { name, address }] of servers.entries()) {
    // A secondary on the primary's address fails together with it.
    const earlier = servers.slice(0, index).some((other) => other.name === name || other.address === address);
    if (earlier && name !== '' && address !== '') faults.push({ field: `nameServers.${index}`, code: 'serverTwice' });
  }
  return servers;
}

function checkNameServer(input: unknown, field: string, terms: Terms, faults: Fault[]): NameServer {
  const given: { name?: unknown; address?: unknown } = isObject(input) ? input : {};
  const labels = labelsOf(typeof given.name === 'string' ? given.name.trim() : '');
  if (typeof labels === 'string') faults.push({ field, code: 'serverSyntax', detail: labels });
  const written = typeof given.address === 'string' ? given.address.trim() : '';
  const address = addressInLab(written, terms.net);
  if (!isHostAddress(address, terms.net)) faults.push({ field, code: 'serverAddress', detail: `${terms.net}.0.0/16` });
  return { name: typeof labels === 'string' ? '' : labels.join('.'), address };
}

/** Whether `address` can be that of a host of the lab: neither the network's own nor the broadcast address. */
function isHostAddress(address: string, net: string): boolean {
  const isOfAll = address === `${net}.0.0` || address === `${net}.255.255`;
  return parseIpv4(address) !== undefined && isLabAddress(address, net) && !isOfAll;
}

/** The labels of a name, or what is wrong with it. */
function labelsOf(text: string): readonly string[] | string {
  try {
    return parseHostName(text);
  } catch (error) {
    if (error instanceof ProtocolViolation) return error.message;
    throw error;
  }
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
