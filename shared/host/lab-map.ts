import { readFileSync } from 'node:fs';
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { isLabAddress, isLabNet, WRITTEN_NET } from '../lab-net.ts';

/**
 * The lab's map: docker-compose.yml read as the only list of hosts, addresses and programs. Docker Compose reads the
 * same file; what is read here is the small part of its language that the file uses.
 */

/** A port that the lab offers outside of itself. */
export interface PublishedPort {
  readonly address: string;
  readonly published: number;
  /** The standard port of the host that stands behind it. */
  readonly standard: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface HostOnMap {
  readonly name: string;
  /** `dns`, `web`, `mail` ...: what `--only` chooses by. */
  readonly group: string;
  /** What the host is, in a few words. */
  readonly role: string;
  /** The same in Korean. */
  readonly roleKo: string;
  readonly address: string;
  /** The program in `services/` that runs on it, or null where the host runs software that is not ours. */
  readonly program: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  /** Its resolv.conf, beside the map, as the address plan has it (10.53.x.y); null where the map gives it none. */
  readonly resolvConf: string | null;
  /** Whether it has a volume for what must last. */
  readonly lasting: boolean;
  /** "docker-compose.yml:120, service resolver", with the line of the variable where the service sets it. */
  where(variable?: string): string;
}

export interface LabMap {
  readonly file: string;
  readonly net: string;
  readonly hosts: readonly HostOnMap[];
}

/** A map that cannot be read. Its message names file, line and remedy. */
export class MapError extends Error {
  override readonly name = 'MapError';
}

/** Reads the map in `file` with the variables of `environment` (`LAB_NET` among them). @throws MapError */
export function readLabMap(file: string, environment: Readonly<Record<string, string | undefined>>): LabMap {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new MapError(`Cannot read the map of the lab: ${(error as Error).message}`);
  }
  return parseLabMap(text, file, environment);
}

/** What `readLabMap` does, from the file's text. @throws MapError */
export function parseLabMap(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): LabMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new MapError(`${file}:${lines.linePos(fault.pos[0]).line}: ${fault.message.split('\n')[0]}`);
  }
  const net = environment.LAB_NET || WRITTEN_NET;
  if (!isLabNet(net)) throw new MapError(`LAB_NET is "${net}": give two octets, such as 10.53`);

  const whereIs = (path: readonly string[]): string => `${file}:${lineOf(document.contents, path, lines)}`;
  const services = (
    document.toJS({ maxAliasCount: ALIASES_MAX }) as { services?: Record<string, ComposeService | null> } | null
  )?.services;
  if (services === undefined) throw new MapError(`${file}:1: there is no "services": is this the lab's compose file?`);
  const context = { environment: { ...environment, LAB_NET: net }, whereIs };
  const hosts = Object.entries(services)
    .filter(([, service]) => service?.deploy?.replicas !== 0)
    .map(([name, service]) => readHost(name, service ?? {}, context));
  refuseOutside(net, hosts);
  refuseTwiceTheSameAddress(hosts);
  return { file, net, hosts };
}

/** The file that says which local DNS server a host has. */
const RESOLV_CONF = '/etc/resolv.conf';
/** Where a host keeps what must last. */
const STATE = '/state';
/** Times that the map's anchors may be used together: each host uses a few, and yaml's own limit of 100 is met by 28 hosts. */
const ALIASES_MAX = 10_000;

type ComposeVolume = string | { source: string; target: string };

/** The part of Compose's service that the map is read from. */
interface ComposeService {
  command?: string | string[];
  environment?: Record<string, string | number | boolean>;
  labels?: Record<string, string>;
  networks?: Record<string, { ipv4_address?: string } | null>;
  /** Of 0 replicas there is none unless somebody asks Compose for some (`--scale`): it has no place on the map. */
  deploy?: { replicas?: number };
  ports?: string[];
  volumes?: ComposeVolume[];
}

interface ReadingContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  whereIs(path: readonly string[]): string;
}

function readHost(name: string, service: ComposeService, context: ReadingContext): HostOnMap {
  const here = (...path: string[]) => `${context.whereIs(['services', name, ...path])}, service ${name}`;
  const expand = (text: string) => interpolate(text, context.environment, () => here());
  const address = expand(service.networks?.lab?.ipv4_address ?? '');
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
    throw new MapError(`${here('networks')}: give it an address: networks: { lab: { ipv4_address: ... } }`);
  }
  const group = service.labels?.['topdown.group'];
  if (group === undefined) throw new MapError(`${here()}: give it the label topdown.group, such as dns, web or mail`);
  if (Array.isArray(service.environment)) {
    throw new MapError(`${here('environment')}: write the environment as NAME: value, not as a list`);
  }
  const variables = Object.entries(service.environment ?? {});
  const volumes = (service.volumes ?? []).map(readVolume);
  const resolvConf = volumes.find(({ target }) => target === RESOLV_CONF)?.source;
  const planned = { ...context.environment, LAB_NET: WRITTEN_NET };
  return {
    name,
    group,
    role: service.labels?.['topdown.role'] ?? '',
    roleKo: service.labels?.['topdown.role.ko'] ?? service.labels?.['topdown.role'] ?? '',
    address,
    program: /services\/([a-z]+)\/src\/main\.ts/.exec(String(service.command ?? ''))?.[1] ?? null,
    environment: Object.fromEntries(variables.map(([key, value]) => [key, expand(String(value))])),
    ports: (service.ports ?? []).map((port) => readPort(expand(port), () => here('ports'))),
    resolvConf: resolvConf === undefined ? null : interpolate(resolvConf, planned, () => here('volumes')),
    lasting: volumes.some(({ target }) => target === STATE),
    where: (variable) => here(...(variable === undefined ? [] : ['environment', variable])),
  };
}

/** Compose's short syntax, `SOURCE:TARGET[:ro]`, where a source may be `${NAME:-default}`; or its long one. */
function readVolume(volume: ComposeVolume): { source: string; target: string } {
  if (typeof volume !== 'string') return volume;
  const [, source = '', target = ''] = /^(.*?):(\/[^:]*)(?::[a-z,]+)?$/.exec(volume) ?? [];
  return { source, target };
}

function readPort(text: string, where: () => string): PublishedPort {
  const match = /^([\d.]+):(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) throw new MapError(`${where()}: write the port "${text}" as ADDRESS:PUBLISHED:PORT[/udp]`);
  const [, address = '', published, standard, protocol] = match;
  return {
    address,
    published: Number(published),
    standard: Number(standard),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  };
}

/** Compose's variables: `${NAME}`, `${NAME:-otherwise}` and `$$`. */
function interpolate(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  where: () => string,
): string {
  return text.replace(/\$(?:\$|\{(\w+)(?::-([^}]*))?\})/g, (whole, name?: string, otherwise?: string) => {
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const value = environment[name] || otherwise;
    if (value === undefined) throw new MapError(`${where()}: the variable ${name} is not set and has no default`);
    return value;
  });
}

function refuseOutside(net: string, hosts: readonly HostOnMap[]): void {
  const outside = hosts.find(({ address }) => !isLabAddress(address, net));
  if (outside === undefined) return;
  throw new MapError(
    `${outside.where()}: its address ${outside.address} is outside of ${net}.0.0/16: write \${LAB_NET:-${net}} for its first two octets`,
  );
}

function refuseTwiceTheSameAddress(hosts: readonly HostOnMap[]): void {
  const owners = new Map<string, HostOnMap>();
  for (const host of hosts) {
    const owner = owners.get(host.address);
    if (owner !== undefined) {
      throw new MapError(
        `${host.where()}: its address ${host.address} is already that of ${owner.name}; give it another`,
      );
    }
    owners.set(host.address, host);
  }
}

/** The line of the deepest node on `path` that the text itself contains, from 1. */
function lineOf(root: Node | null, path: readonly string[], lines: LineCounter): number {
  let node: unknown = root;
  let offset = 0;
  for (const step of path) {
    if (isAlias(node) || !isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return lines.linePos(offset).line;
}
