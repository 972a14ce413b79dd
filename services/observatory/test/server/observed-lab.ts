import { request } from 'node:http';
import { startControl } from '#shared/host/control.ts';
import type { LabMap } from '#shared/host/lab-map.ts';
import type { Running } from '#shared/host/program.ts';
import { ReportBus } from '#shared/host/report-bus.ts';
import { createTestHost, startOn, TEST_NET, type TestHost, type TestHostOptions } from '#shared/host/test-host.ts';
import type { Report } from '#shared/report.ts';
import { program } from '../../src/program.ts';

/** Hosts on the map of these tests: name, last two octets, program. */
const HOSTS = [
  ['redis', '90.10', null],
  ['observatory', '90.20', 'observatory'],
  ['resolver', '90.41', 'resolver'],
  ['origin', '90.42', 'origin'],
  ['tracker', '90.43', 'tracker'],
] as const;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly json: unknown;
}

/** An observatory, its map, and hosts that do nothing but have a control API. */
export class ObservedLab {
  readonly #bus = new ReportBus();
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly address = `${TEST_NET}.90.20`;

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ObservedLab> {
    const lab = new ObservedLab();
    const hosts = HOSTS.map(([name, suffix, program]) => ({
      ...{
        name,
        group: 'test',
        role: `the ${name}`,
        roleKo: `${name} 호스트`,
        address: `${TEST_NET}.${suffix}`,
        program,
      },
      ...{ environment: {}, ports: [], resolvConf: null, lasting: false, where: () => 'the test' },
    }));
    const map: LabMap = { file: 'the test', net: TEST_NET, hosts };
    const host = lab.#createHost('observatory', { readMap: async () => map, openReports: () => lab.#bus });
    const running = await startOn(program, host, {
      HEALTH_PERIOD_MS: '50',
      HEALTH_TIMEOUT_MS: '300',
      REORDER_MS: '0',
      ...environment,
    });
    lab.#closers.push(() => running.stop(), await startControl(host, 'observatory', running));
    return lab;
  }

  /** Starts the control API of a host that is on the map; the result stops it. */
  async startHost(
    name: (typeof HOSTS)[number][0],
    running: Partial<Running> = {},
    parts: Partial<TestHost> = {},
  ): Promise<{ host: TestHost; stop: () => Promise<void> }> {
    const host = this.#createHost(name, parts);
    const stop = await startControl(host, name, { state: () => ({ iAm: name }), stop: async () => {}, ...running });
    this.#closers.push(stop);
    return { host, stop };
  }

  report(change: Partial<Report> = {}): Promise<void> {
    const report = {
      at: Date.now(),
      host: 'resolver',
      program: 'resolver',
      pid: 1,
      kind: 'dns.query',
      exchange: 'resolver.1',
    };
    return this.#bus.write([{ ...report, summary: 'cnn.com A?', ...change }]);
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.address, 'GET', path, headers);
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.address, 'POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  #createHost(name: (typeof HOSTS)[number][0], parts: Partial<TestHost>): TestHost {
    const suffix = HOSTS.find((entry) => entry[0] === name)?.[1] ?? '';
    const options: TestHostOptions = { name, suffix };
    const host = createTestHost(options);
    this.#closers.push(() => host.remove());
    return { ...host, ...parts };
  }
}

function ask(
  host: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port: 80, method, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          json: isJson ? JSON.parse(text) : null,
        });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
