// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of Docker Compose
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MapError, parseLabMap, readLabMap } from '#shared/host/lab-map.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A map of one host, with `lines` in its service. Its service begins in line 3. */
function mapWith(...lines: string[]): string {
  const service = ['labels: { topdown.group: dns }', 'networks: { lab: { ipv4_address: "${LAB_NET:-10.53}.1.1" } }'];
  return ['# a map', 'services:', '  root-a:', ...[...service, ...lines].map((line) => `    ${line}`)].join('\n');
}

const parse = (text: string, environment: Record<string, string> = {}) => parseLabMap(text, 'map.yml', environment);

test('a host is read with its program, address, variables and ports', () => {
  const text = mapWith(
    'command: services/authoritative/src/main.ts',
    'environment: { NAME: "ns.${LAB_NET:-10.53}", COUNT: 3 }',
    'ports: ["${LAB_PUBLISH:-127.0.0.1}:5300:53/udp"]',
    'volumes: ["./resolv/${LAB_NET:-10.53}.conf:/etc/resolv.conf:ro", "root-a:/state"]',
  );
  expect(parse(text, { LAB_NET: '127.53' }).hosts[0]).toMatchObject({
    name: 'root-a',
    group: 'dns',
    address: '127.53.1.1',
    program: 'authoritative',
    environment: { NAME: 'ns.127.53', COUNT: '3' },
    ports: [{ address: '127.0.0.1', published: 5300, standard: 53, protocol: 'udp' }],
    resolvConf: './resolv/10.53.conf',
    lasting: true,
  });
});

test('volumes may be written in the long syntax of Compose', () => {
  const text = mapWith(
    'command: services/authoritative/src/main.ts',
    'volumes: [{ type: bind, source: "./resolv/${LAB_NET:-10.53}.conf", target: /etc/resolv.conf }, { type: volume, source: a, target: /state }]',
  );
  expect(parse(text, { LAB_NET: '127.53' }).hosts[0]).toMatchObject({
    resolvConf: './resolv/10.53.conf',
    lasting: true,
  });
});

test('a host says where it is written, and where its variable is', () => {
  const host = parse(mapWith('environment:', '  TTL: 60')).hosts[0];
  expect(host?.where()).toBe('map.yml:3, service root-a');
  expect(host?.where('TTL')).toBe('map.yml:7, service root-a');
  expect(host?.where('ABSENT')).toBe('map.yml:6, service root-a');
});

test('a service of which there are none until somebody asks for some is not on the map', () => {
  const more = ['  more:', '    deploy: { replicas: 0 }', '    networks: { lab: {} }'].join('\n');
  expect(parse(`${mapWith()}\n${more}`).hosts.map(({ name }) => name)).toEqual(['root-a']);
  expect(() => parse(`${mapWith()}\n${more.replace('replicas: 0', 'replicas: 1')}`)).toThrow(/service more: give it/);
});

test('an empty LAB_NET means the default, as it does for Docker Compose', () => {
  expect(parse(mapWith(), { LAB_NET: '' }).hosts[0]?.address).toBe('10.53.1.1');
});

describe('a map that cannot be used is refused with file, line and remedy', () => {
  const second = (address: string) =>
    ['  other:', '    labels: { topdown.group: dns }', `    networks: { lab: { ipv4_address: "${address}" } }`].join(
      '\n',
    );

  test.each([
    ['a broken line', 'services:\n  root-a: { networks: [\n', /^map\.yml:[23]: /],
    ['no services', 'volumes: {}\n', 'map.yml:1: there is no "services": is this the lab\'s compose file?'],
    [
      'no address',
      '# a map\nservices:\n  root-a:\n    labels: { topdown.group: dns }\n',
      /^map\.yml:3, service root-a: give it an address/,
    ],
    ['no body', 'services:\n  root-a:\n', /^map\.yml:2, service root-a: give it an address/],
    [
      'no group',
      mapWith().replace('topdown.group', 'group'),
      /^map\.yml:3, service root-a: give it the label topdown\.group/,
    ],
    [
      'a short port',
      mapWith('ports: ["53:53"]'),
      /^map\.yml:6, service root-a: write the port "53:53" as ADDRESS:PUBLISHED:PORT/,
    ],
    [
      'an unset variable',
      mapWith('environment: { A: "${NOWHERE}" }'),
      /^map\.yml:3, service root-a: the variable NOWHERE is not set/,
    ],
    [
      'a list of variables',
      mapWith('environment: ["A=b"]'),
      /^map\.yml:6, service root-a: write the environment as NAME: value/,
    ],
    [
      'an address twice',
      `${mapWith()}\n${second('10.53.1.1')}`,
      /^map\.yml:6, service other: its address 10\.53\.1\.1 is already that of root-a/,
    ],
    [
      'a foreign address',
      `${mapWith()}\n${second('10.99.1.1')}`,
      /^map\.yml:6, service other: its address 10\.99\.1\.1 is outside of 10\.53\.0\.0\/16/,
    ],
  ])('%s', (_what, text, message) => {
    expect(() => parse(text)).toThrow(MapError);
    expect(() => parse(text)).toThrow(message);
  });

  test('a LAB_NET that is no prefix', () => {
    expect(() => parse(mapWith(), { LAB_NET: '10.53.0' })).toThrow(
      'LAB_NET is "10.53.0": give two octets, such as 10.53',
    );
  });

  test('a file that is not there', () => {
    expect(() => readLabMap('/nowhere/docker-compose.yml', {})).toThrow(/Cannot read the map of the lab: .*nowhere/);
  });
});

test('ARC-14 in the map of the lab every host has an address of its own, and every published port is offered once', () => {
  const { hosts } = readLabMap(`${ROOT}docker-compose.yml`, {});
  expect(hosts.length).toBeGreaterThan(20);
  expect(new Set(hosts.map(({ address }) => address)).size).toBe(hosts.length);
  const published = hosts.flatMap(({ ports }) =>
    ports.map((port) => `${port.address}:${port.published}/${port.protocol}`),
  );
  expect(new Set(published).size).toBe(published.length);
});
