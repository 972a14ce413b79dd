import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message } from '#shared/dns/message.ts';
import { type AskOptions, ask } from '#shared/host/dns/test/dns-client.ts';
import type { Program, Running } from '#shared/host/program.ts';
import { createTestHost, startOn, TEST_NET, type TestHost } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
// A test of the resolver needs servers to ask: those of the lab itself, on addresses of their own.
import { program as authoritative } from '../../authoritative/src/program.ts';
import { program as resolver } from '../src/program.ts';

const INFRA = fileURLToPath(new URL('../../../infra/hosts/', import.meta.url));

/** The DNS servers of the lab, as docker-compose.yml has them. */
const LAB: Readonly<Record<string, string>> = {
  'root-a': '1.1',
  'root-b': '1.2',
  'tld-com': '2.1',
  'tld-edu': '2.2',
  'tld-fr': '2.3',
  'tld-org': '2.4',
  'tld-kr': '2.5',
  'tld-b': '2.20',
  'dns-primary': '3.1',
  'dns-secondary': '3.2',
  'dns-umass': '3.10',
  'dns-cs-umass': '3.11',
  'dns-central': '3.20',
};

/** A small world of real DNS servers on loopback. */
export class World {
  readonly #hosts = new Map<string, TestHost>();
  readonly #running = new Map<string, Running>();

  /** The lab's own hosts with their own zone files. */
  static async ofLab(): Promise<World> {
    const world = new World();
    await Promise.all(Object.keys(LAB).map((name) => world.start(name)));
    await world.start('resolver');
    await world.healthy();
    return world;
  }

  /** Servers with the zone files given: `{ 'root 1.1': { 'root.zone': '...' } }`, and a resolver that knows the first. */
  static async of(servers: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<World> {
    const world = new World();
    for (const [server, zones] of Object.entries(servers)) {
      const [name, suffix] = server.split(' ');
      const host = createTestHost({ name: name!, suffix: suffix! });
      mkdirSync(join(host.dir, 'zones'));
      for (const [file, text] of Object.entries(zones)) writeFileSync(join(host.dir, 'zones', file), text);
      world.#hosts.set(name!, host);
      await world.start(name!);
    }
    await world.start('resolver');
    return world;
  }

  async start(name: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const known = this.#hosts.get(name);
    const isResolver = name === 'resolver';
    const suffix = isResolver ? '4.1' : LAB[name]!;
    const host = known ?? createTestHost({ name, suffix, dir: join(INFRA, name) });
    this.#hosts.set(name, host);
    const program = (isResolver ? resolver : authoritative) as Program<unknown>;
    this.#running.set(name, await startOn(program, host, environment));
  }

  async halt(name: string): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.halt(name)));
    await Promise.all([...this.#hosts.values()].map((host) => host.remove()));
  }

  host(name: string): TestHost {
    return this.#hosts.get(name)!;
  }

  running(name: string): Running {
    return this.#running.get(name)!;
  }

  /** Asks a host a question, from the client's address; the resolver is asked for recursion, as hosts do. */
  ask(name: string, question: string, options: AskOptions = {}): Promise<Message> {
    const from = `${TEST_NET}.100.1`;
    return ask(this.host(name).endpoint(53), question, { rd: name === 'resolver', from, ...options });
  }

  /** Empties the resolver's cache. */
  async flush(): Promise<void> {
    await this.running('resolver').actions!.flush!.run({});
  }

  /** What `effect` makes the resolver report, after its reports have arrived. */
  async reportsOf(effect: () => Promise<unknown>): Promise<Report[]> {
    const { reported } = this.host('resolver');
    await settled(reported);
    const from = reported.length;
    await effect();
    await settled(reported);
    return reported.slice(from);
  }

  async healthy(): Promise<void> {
    const isTroubled = () => [...this.#running.values()].some((running) => running.health?.() != null);
    while (isTroubled()) await pause(5);
  }
}

/** A program hands its reports over within 20 ms; all are there when none has come for twice that time. */
async function settled(reported: readonly Report[]): Promise<void> {
  for (let before = -1; before !== reported.length; await pause(50)) before = reported.length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
