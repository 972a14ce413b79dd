/**
 * RDAP's answers (RFC 9083): JSON about a domain, a name server, the service itself, a search, and errors (section 6). The
 * paths are those of RFC 9082, what is said in HTTP is RFC 7480. Nothing here is signed: `secureDNS` says so.
 */
import type { PublicRegistration, RegistrationStatus } from './registration.ts';

export const RDAP_TYPE = 'application/rdap+json';
/** Results of a search, at most. */
export const RESULTS_MAX = 50;

/** RFC 8056, section 2: EPP's words and RDAP's. */
const STATUS: Readonly<Record<RegistrationStatus, string>> = {
  pendingCreate: 'pending create',
  active: 'active',
  pendingUpdate: 'pending update',
  pendingDelete: 'pending delete',
};

/** What every answer needs to know of the service. */
export interface RdapService {
  /** With a slash at the end: `http://registrar.topdown.org/rdap/`. */
  readonly base: string;
  /** The registrar's own name, which is that of its WHOIS server too. */
  readonly registrar: string;
  /** The time of the answer, by RFC 3339. */
  readonly now: string;
}

type Json = Readonly<Record<string, unknown>>;

/** RFC 9083, section 5.3. `unicodeName` is the name as people write it. */
export function rdapDomain(registration: PublicRegistration, unicodeName: string, service: RdapService): Json {
  return { ...conformance(), ...domainObject(registration, unicodeName, service), notices: [terms(service)] };
}

/** RFC 9083, section 5.2. `domains` are those that name it. */
export function rdapNameserver(
  { name, addresses, domains }: { name: string; addresses: readonly string[]; domains: readonly string[] },
  service: RdapService,
): Json {
  const said = `It serves ${domains.slice(0, RESULTS_MAX).join(', ')}`;
  return {
    ...conformance(),
    ...nameserverObject(name, addresses, service),
    status: ['active', 'associated'],
    remarks: [{ title: 'Domains', description: [said] }],
    notices: [terms(service)],
  };
}

/** RFC 9083, section 8. */
export function rdapDomainSearch(
  found: readonly { readonly registration: PublicRegistration; readonly unicodeName: string }[],
  isTruncated: boolean,
  service: RdapService,
): Json {
  const truncated = {
    title: 'Search results',
    // A word of the registry of RFC 9083, section 10.2.1.
    type: 'result set truncated due to excessive load',
    description: [`Only ${RESULTS_MAX} results are shown: ask for less.`],
  };
  return {
    ...conformance(),
    domainSearchResults: found.map(({ registration, unicodeName }) => domainObject(registration, unicodeName, service)),
    notices: [...(isTruncated ? [truncated] : []), terms(service)],
  };
}

/** RFC 9083, section 7. */
export function rdapHelp(service: RdapService): Json {
  const { base } = service;
  const description = [
    `${base}domain/NAME, ${base}nameserver/NAME`,
    `${base}domains?name=PATTERN, in which one * stands for any letters`,
  ];
  return { ...conformance(), notices: [{ title: 'Questions that are answered here', description }, terms(service)] };
}

/** RFC 9083, section 6. */
export function rdapError(errorCode: number, title: string, description: string): Json {
  return { ...conformance(), errorCode, title, description: [description] };
}

/** The bootstrap file that leads a client from a TLD to this service (RFC 9224, section 4). */
export function rdapBootstrap(tlds: readonly string[], publication: string, base: string): Json {
  const description = 'RDAP services of the top-level domains of this lab';
  return { version: '1.0', publication, description, services: [[tlds, [base]]] };
}

/** Whether `name` fits the pattern of a search (RFC 9082, section 4.1). */
export function fitsPattern(name: string, pattern: string): boolean {
  const [before = '', after] = pattern.toLowerCase().split('*');
  if (after === undefined) return name === before;
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

/** What is wrong with a pattern, and the status of HTTP that says so; null where it can be searched for. */
export function patternFault(pattern: string): { readonly status: 400 | 422; readonly sentence: string } | null {
  if (!/^[a-z0-9.*-]+$/i.test(pattern)) {
    return { status: 400, sentence: 'A pattern is a name of letters, digits, hyphens and full stops' };
  }
  // RFC 9082, section 4.1: a pattern that is none of those that are supported.
  return pattern.split('*').length > 2 ? { status: 422, sentence: 'A pattern has one * at most' } : null;
}

function conformance(): Json {
  return { rdapConformance: ['rdap_level_0'], lang: 'en' };
}

function domainObject(registration: PublicRegistration, unicodeName: string, service: RdapService): Json {
  const { name, status, registrant, nameServers, createdAt, changedAt } = registration;
  return {
    objectClassName: 'domain',
    ...{ handle: name, ldhName: name },
    ...(unicodeName === name ? {} : { unicodeName }),
    status: [STATUS[status]],
    nameservers: nameServers.map((server) => nameserverObject(server.name, [server.address], service)),
    secureDNS: { delegationSigned: false },
    entities: [
      entity('registrar', service.registrar),
      ...(registrant === '' ? [] : [entity('registrant', registrant)]),
    ],
    events: [
      { eventAction: 'registration', eventDate: createdAt },
      { eventAction: 'last changed', eventDate: changedAt },
      { eventAction: 'last update of RDAP database', eventDate: service.now },
    ],
    links: [self(`${service.base}domain/${name}`)],
    port43: service.registrar,
  };
}

function nameserverObject(name: string, addresses: readonly string[], { base }: RdapService): Json {
  return {
    objectClassName: 'nameserver',
    ldhName: name,
    ipAddresses: { v4: addresses },
    links: [self(`${base}nameserver/${name}`)],
  };
}

/** RFC 9083, section 5.1; the card is a jCard (RFC 7095). */
function entity(role: 'registrar' | 'registrant', name: string): Json {
  const card = [
    ['version', {}, 'text', '4.0'],
    ['fn', {}, 'text', name],
  ];
  return { objectClassName: 'entity', vcardArray: ['vcard', card], roles: [role] };
}

function self(href: string): Json {
  return { value: href, rel: 'self', href, type: RDAP_TYPE };
}

function terms({ base }: RdapService): Json {
  return {
    title: 'About this service',
    description: ['A registrar inside of a lab: the names are real there, and nowhere else.'],
    links: [{ value: base, rel: 'alternate', href: base.replace(/rdap\/$/, ''), type: 'text/html' }],
  };
}
