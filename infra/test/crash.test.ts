import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import type { HostOnMap } from '#shared/host/lab-map.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { watchForCrashes } from '../embedded/crash.ts';
import { EmbeddedHost, type LabParts } from '../embedded/embedded-host.ts';

/** A program whose action lets an exception escape a timer, where no caller can catch it. */
const CRASHER = `
let starts = 0;
export const program = {
  name: 'crasher',
  config: { safeParse: (data) => ({ success: true, data }) },
  start: async () => {
    const own = ++starts;
    return {
      state: () => ({ starts: own }),
      actions: { crash: { does: 'crashes', run: () => { setTimeout(() => { throw new Error('a fault in a timer'); }, 1); return {}; } } },
      stop: async () => {},
    };
  },
};
`;

let root: string;
let hosts: EmbeddedHost[];
let unwatch: () => void;

function onMap(name: string, suffix: string): HostOnMap {
  const address = `${TEST_NET}.${suffix}`;
  return {
    name,
    group: 'test',
    role: '',
    roleKo: '',
    address,
    program: 'crasher',
    environment: {},
    ports: [],
    resolvConf: null,
    lasting: false,
    where: () => name,
  };
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'topdown-crash-'));
  mkdirSync(join(root, 'services/crasher/src'), { recursive: true });
  writeFileSync(join(root, 'services/crasher/src/program.ts'), CRASHER);
  const log = pino({ level: 'silent' });
  const parts: LabParts = {
    net: TEST_NET,
    map: { file: 'docker-compose.yml', net: TEST_NET, hosts: [] },
    root,
    hostsDir: root,
    stateDir: root,
    bus: new ReportBus(),
    clock: new LabClock(),
    log,
    port: (standard) => standard,
    openNames: () => ({
      addresses: () => Promise.reject(new Error('no names here')),
      mailExchanges: () => Promise.reject(new Error('no names here')),
      close: async () => {},
    }),
  };
  hosts = [new EmbeddedHost(onMap('one', '0.31'), parts), new EmbeddedHost(onMap('other', '0.32'), parts)];
  // vitest has a listener of its own that would fail the run.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const stopWatching = watchForCrashes(hosts, log);
  unwatch = () => {
    stopWatching();
    for (const listener of others) process.on('uncaughtException', listener);
  };
  await Promise.all(hosts.map((host) => host.start()));
});

afterEach(async () => {
  unwatch();
  await Promise.all(hosts.map((host) => host.stop()));
  rmSync(root, { recursive: true, force: true });
});

test('a host that crashes is started again, and the others do not notice', async () => {
  const [one, other] = hosts as [EmbeddedHost, EmbeddedHost];
  const before = await other.state();
  await one.action('crash');

  await expect.poll(() => one.state()).toEqual({ starts: 3 });
  expect(await other.state()).toEqual(before);
});
