import { createSocket, type Socket } from 'node:dgram';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../dns/decode-message.ts';
import { type Message, responseTo } from '../../../dns/message.ts';
import { formatRecord } from '../../../dns/rdata-text.ts';
import { RCODE } from '../../../dns/registry.ts';
import { record } from '../../../dns/test/records.ts';
import { createTestHost, type TestHost } from '../../test-host.ts';
import { LentAnswers } from '../lent-answers.ts';
import { type DnsListeners, listenDns } from '../listen.ts';
import type { UdpOptions } from '../open-udp.ts';
import type { DnsRequest, DnsResponse, Repetition } from '../request.ts';
import { octetsNamed } from './dns-client.ts';

/** What holds however datagrams are received and sent, and by however many threads. */

const FORMS: readonly (UdpOptions & { readonly form: string })[] = [
  { form: 'plain', udp: 'plain' },
  { form: 'batched', udp: 'batched' },
  { form: 'plain, 2 workers', udp: 'plain', udpWorkers: 2 },
  { form: 'batched, 2 workers', udp: 'batched', udpWorkers: 2 },
];
/** So many clients that every worker has some: each alone has all with a chance of one in 2^39. */
const CLIENTS = 40;
/** How long an answer may take on a busy machine, and when a query is sent again that may have been lost, in milliseconds. */
const ANSWER_MS_MAX = 60_000;
const AGAIN_MS = 500;

let host: TestHost;
let listeners: DnsListeners;
let clients: Socket[];
let isReporting: boolean;
let leftOut: number;
/** The program: what it was asked, its data, whose turn it is, and what was counted. */
let requests: DnsRequest[];
let edition: number;
let turn: number;
let counted: number;
let lent: LentAnswers;

function respond(request: DnsRequest): DnsResponse {
  requests.push(request);
  if (request.violation !== null) return { messages: [responseTo(request.query, { rcode: RCODE.FORMERR })] };
  const name = request.query.question[0]!.qname[0]!;
  if (name === 'fail') throw new Error('a fault of the program');
  if (name === 'silent') return { messages: [] };
  const rotations = name === 'many' ? 2 : 1;
  const was = turn++ % rotations;
  const answer = [record(`${name}. 60 A 192.0.2.${edition}`), record(`${name}. 60 A 198.51.100.${edition}`)];
  const rotated = [...answer.slice(was), ...answer.slice(0, was)].slice(0, rotations);
  counted += 1;
  return { messages: [responseTo(request.query, { answer: rotated })], repetition: repetitionOf(name, rotations, was) };
}

function repetitionOf(name: string, rotations: number, was: number): Repetition {
  const found = edition;
  const ends = host.clock.now() + 60_000;
  const count = (times: number) => {
    counted += times;
  };
  const isTrue = () => edition === found;
  return {
    turn: was,
    due: () => (isTrue() ? turn % rotations : undefined),
    given: () => {
      turn += 1;
      count(1);
    },
    expiresAt: name === 'short' ? [ends] : undefined,
    lend: () => (isTrue() ? { rotations, countedAs: 'answer', given: count } : undefined),
  };
}

function change(): void {
  edition += 1;
  lent.forget();
}

describe.each(FORMS)('DNS over UDP, $form', ({ form, ...options }) => {
  const workers: Worker[] = [];
  const remember = (worker: Worker) => workers.push(worker);

  const start = () => listenDns(told(host), respond, { ...options, lent });

  beforeEach(async () => {
    [requests, edition, turn, counted, isReporting, leftOut] = [[], 1, 0, 0, false, 0];
    lent = new LentAnswers();
    host = createTestHost({ name: 'udp', suffix: `71.${1 + FORMS.findIndex((one) => one.form === form)}` });
    process.on('worker', remember);
    listeners = await start();
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => open(host.address)));
  });

  afterEach(async () => {
    process.off('worker', remember);
    workers.length = 0;
    for (const client of clients) client.close();
    await listeners.stop();
    await host.remove();
  });

  test('every client gets its answer, with its own id, the first time and again', async () => {
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(clients.map((client) => ask(client, 'www')));
      expect(new Set(answers.map(shown))).toEqual(new Set(['www. 60 IN A 192.0.2.1']));
    }
    expect(requests.length).toBeLessThanOrEqual(2 * CLIENTS);
    expect(listeners.counters()).toMatchObject({ udpQueries: 4 * CLIENTS, udpDropped: 0 });
    expect(counted).toBe(4 * CLIENTS);
    expect(leftOut).toBe(2 * (4 * CLIENTS - requests.length));
  });

  test('while reports have room the program is asked each time', async () => {
    isReporting = true;
    for (let round = 0; round < 3; round += 1) await Promise.all(clients.map((client) => ask(client, 'www')));
    expect(requests.length).toBe(3 * CLIENTS);
    isReporting = false;
    for (let round = 0; round < 3; round += 1) await Promise.all(clients.map((client) => ask(client, 'www')));
    expect(requests.length).toBeLessThan(6 * CLIENTS);
    isReporting = true;
    await expect
      .poll(async () => {
        const before = requests.length;
        await Promise.all(clients.map((client) => ask(client, 'www')));
        return requests.length - before;
      })
      .toBe(CLIENTS);
    expect(listeners.counters().udpQueries).toBe(counted);
  });

  test('a change is seen by the next query of every client', async () => {
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(clients.map((client) => ask(client, 'www')));
      change();
      const answers = await Promise.all(clients.map((client) => ask(client, 'www')));
      expect(new Set(answers.map(shown))).toEqual(new Set([`www. 60 IN A 192.0.2.${edition}`]));
    }
    expect(requests.length).toBeLessThan(2 * 30 * CLIENTS);
  });

  test('the records of an answer take their turns: each is the first equally often', async () => {
    const firsts = new Map<string, number>();
    for (let round = 0; round < 40; round += 1) {
      const answers = await Promise.all(clients.map((client) => ask(client, 'many')));
      for (const { answer } of answers) {
        const first = formatRecord(answer[0]!);
        firsts.set(first, (firsts.get(first) ?? 0) + 1);
      }
    }
    const mean = (40 * CLIENTS) / 2;
    expect(firsts.size).toBe(2);
    for (const count of firsts.values()) expect(Math.abs(count - mean)).toBeLessThan(mean / 10);
    expect(requests.length).toBeLessThan(20 * CLIENTS);
  });

  test('TTLs count down by the clock of the lab, also when it is moved', async () => {
    await Promise.all(clients.map((client) => ask(client, 'short')));
    host.clock.advance(20_000);
    const answers = await Promise.all(clients.map((client) => ask(client, 'short')));
    for (const { answer } of answers) {
      // Who asked the program itself, which counts nothing down here, was the first to ask its worker.
      if (answer[0]!.ttl !== 60) expect(answer[0]!.ttl).toBeLessThanOrEqual(40);
    }
    expect(answers.some(({ answer }) => answer[0]!.ttl <= 40)).toBe(true);
  });

  test('a failure is SERVFAIL, what is no query is dropped, and the next one is answered', async () => {
    expect((await ask(clients[0]!, 'fail')).rcode).toBe(RCODE.SERVFAIL);
    const response = Uint8Array.from(octetsNamed('www A'));
    response[2] = 0x80;
    const garbage = Uint8Array.from([...octetsNamed('www A'), 1, 2, 3]);
    const answered = nextOf(clients[1]!);
    for (const datagram of [
      response,
      Uint8Array.from([1, 2, 3]),
      new Uint8Array(5_000),
      octetsNamed('silent A'),
      garbage,
    ])
      clients[1]!.send(datagram, 53, host.address);
    expect(await answered).toMatchObject({ rcode: RCODE.FORMERR });
    expect(listeners.counters().udpDropped).toBe(3);
    expect(shown(await ask(clients[1]!, 'www'))).toBe('www. 60 IN A 192.0.2.1');
  });

  test('a stranger is answered by the program each time', async () => {
    const stranger = await open('127.99.71.1');
    for (let round = 0; round < 3; round += 1) await ask(stranger, 'www');
    expect(requests.length).toBe(3);
    for (let round = 0; round < 3; round += 1) await ask(clients[0]!, 'www');
    expect(requests.length).toBe(4);
    stranger.close();
  });

  test('it stops, and starts again on the same port; a second one on it is refused', async () => {
    await ask(clients[0]!, 'www');
    await expect(start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await listeners.stop();
    listeners = await start();
    const answers = await Promise.all(clients.map((client) => ask(client, 'www')));
    expect(answers.length).toBe(CLIENTS);
  });

  test('a port that another program has is said at once', async () => {
    await listeners.stop();
    const other = await open(host.address, 53);
    await expect(start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
    listeners = await start();
    expect((await ask(clients[0]!, 'www')).answer.length).toBe(1);
  });

  if (options.udpWorkers !== undefined) {
    test('a worker that ends is replaced, and the others serve its clients meanwhile', async () => {
      expect(workers.length).toBe(2);
      await workers[0]!.terminate();
      const answers = await Promise.all(clients.map((client) => askUntilAnswered(client, 'www')));
      expect(new Set(answers.map(shown)).size).toBe(1);
      await expect.poll(() => workers.length).toBe(3);
      await workers[1]!.terminate();
      const others = clients.map((client) => askUntilAnswered(client, 'www'));
      expect((await Promise.all(others)).length).toBe(CLIENTS);
    });
  }
});

/** The host, of which the test says whether its reports have room. */
function told(real: TestHost): TestHost {
  return {
    ...real,
    hasRoomForReports: () => isReporting,
    leaveOutReports: (count) => {
      leftOut += count;
    },
  };
}

function open(address: string, port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => socket.bind(port, address, () => resolve(socket)));
}

/** Asks for the address of `name`, once: each query is counted. */
async function ask(client: Socket, name: string): Promise<Message> {
  const query = octetsNamed(`${name} A`);
  const answered = nextOf(client);
  client.send(query, 53, host.address);
  const answer = await answered;
  expect(answer.id).toBe((query[0]! << 8) | query[1]!);
  return answer;
}

/** Asks until an answer comes: a worker that dies takes what waits in its socket along. Of several answers later ones are left. */
async function askUntilAnswered(client: Socket, name: string): Promise<Message> {
  const query = octetsNamed(`${name} A`);
  const send = () => client.send(query, 53, host.address);
  const again = setInterval(send, AGAIN_MS);
  try {
    send();
    for (;;) {
      const answer = await nextOf(client);
      if (answer.id === ((query[0]! << 8) | query[1]!)) return answer;
    }
  } finally {
    clearInterval(again);
  }
}

function nextOf(client: Socket): Promise<Message> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no answer came')), ANSWER_MS_MAX);
    client.once('message', (octets) => {
      clearTimeout(late);
      resolve(decodeMessage(octets));
    });
  });
}

function shown({ answer }: Message): string {
  return answer.map(formatRecord).join('\n');
}
