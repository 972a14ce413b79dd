import { describe, expect, test } from 'vitest';
import { octetsOfKey } from '#shared/bittorrent/bencode.ts';
import { decodeUdpAnnounce, decodeUdpHead, UDP_PROTOCOL_ID } from '#shared/bittorrent/udp-tracker-request.ts';
import { encodeUdpResponse, type UdpTrackerResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import {
  RETRANSMISSIONS_MAX,
  startUdpAnnouncing,
  stepUdpAnnouncing,
  type UdpAnnouncingOptions,
  type UdpAnnouncingStep,
} from '../../src/protocol/udp-announcing.ts';

const OPTIONS: UdpAnnouncingOptions = {
  transactionId: 77,
  family: 'IPv4',
  announce: {
    request: {
      infoHash: new Uint8Array(20).fill(1),
      peerId: octetsOfKey('-TD0100-abcdefghijkl'),
      port: 6881,
      uploaded: 1,
      downloaded: 2,
      left: 3,
      event: 'started',
      numwant: null,
      compact: true,
      noPeerId: false,
      key: 'cafe0001',
    },
    urlData: '/announce',
  },
  retransmissionsMax: RETRANSMISSIONS_MAX,
};

/** One announce and its clock, in seconds. */
class Client {
  readonly options: UdpAnnouncingOptions;
  /** What was sent, with the second. */
  readonly sent: string[] = [];
  nowS = 0;
  #step: UdpAnnouncingStep;

  constructor(options: Partial<UdpAnnouncingOptions> = {}) {
    this.options = { ...OPTIONS, ...options };
    this.#step = startUdpAnnouncing(this.options, 0);
    this.#note();
  }

  get state() {
    return this.#step.state;
  }

  get outcome() {
    return this.state.kind === 'over' ? this.state.outcome : null;
  }

  receive(response: UdpTrackerResponse): void {
    this.receiveOctets(encodeUdpResponse(response, this.options.family));
  }

  receiveOctets(octets: Uint8Array): void {
    this.#take({ kind: 'received', octets });
  }

  /** Time passes, with all that falls due on the way. */
  passTo(second: number): void {
    while (this.state.kind !== 'over' && this.state.dueAt <= second * 1000) {
      this.nowS = this.state.dueAt / 1000;
      this.#take({ kind: 'due' });
    }
    this.nowS = second;
    this.#take({ kind: 'due' });
  }

  #take(input: Parameters<typeof stepUdpAnnouncing>[1]): void {
    this.#step = stepUdpAnnouncing(this.#step.state, input, this.options, this.nowS * 1000);
    this.#note();
  }

  #note(): void {
    if (this.#step.send === undefined) return;
    const { action, transactionId } = decodeUdpHead(this.#step.send);
    expect(transactionId).toBe(77);
    this.sent.push(`${this.nowS} ${['connect', 'announce'][action]}`);
  }

  get lastSent(): Uint8Array {
    if (this.#step.send === undefined) throw new Error('nothing was sent');
    return this.#step.send;
  }
}

const connected = { kind: 'connect', transactionId: 77, connectionId: 0xabcn } as const;
const answer = {
  kind: 'announce',
  transactionId: 77,
  intervalS: 1800,
  leechers: 4,
  seeders: 2,
  peers: [{ address: '10.53.31.1', port: 6881 }],
} as const;

test('an announce is a connect, its answer, an announce and its answer', () => {
  const client = new Client();
  expect(decodeUdpHead(client.lastSent).connectionId).toBe(UDP_PROTOCOL_ID);
  client.receive(connected);
  expect(decodeUdpHead(client.lastSent).connectionId).toBe(0xabcn);
  expect(decodeUdpAnnounce(client.lastSent)).toEqual(OPTIONS.announce);
  client.receive(answer);
  const { intervalS, leechers, seeders, peers } = answer;
  expect(client.outcome).toEqual({ kind: 'answered', intervalS, leechers, seeders, peers });
  expect(client.sent).toEqual(['0 connect', '0 announce']);
});

describe('the times of BEP 15', () => {
  test('a connect without an answer is sent again after 15, 30, 60 ... seconds, nine times in all', () => {
    const client = new Client();
    client.passTo(10_000);
    const times = [0, 15, 45, 105, 225, 465, 945, 1905, 3825];
    expect(client.sent).toEqual(times.map((time) => `${time} connect`));
    expect(client.outcome).toEqual({ kind: 'failed', because: 'no answer to 9 datagrams of connect' });
  });

  test('it waits for the last one as long as for any: 3840 s', () => {
    const client = new Client();
    client.passTo(3825 + 3839);
    expect(client.outcome).toBeNull();
    client.passTo(3825 + 3840);
    expect(client.outcome).not.toBeNull();
  });

  test('an announce without an answer is sent again, and from a minute on with another connection id', () => {
    const client = new Client();
    client.receive(connected);
    client.passTo(110);
    client.receive({ ...connected, connectionId: 0xdefn });
    expect(decodeUdpHead(client.lastSent).connectionId).toBe(0xdefn);
    expect(client.sent).toEqual([
      '0 connect',
      '0 announce',
      '15 announce',
      '45 announce',
      '105 connect',
      '110 announce',
    ]);
    // The pauses go on where they were.
    client.passTo(110 + 119);
    expect(client.sent).toHaveLength(6);
    client.passTo(110 + 120);
    expect(client.sent.at(-1)).toBe('230 connect');
  });

  test('an answer that comes late is taken, also while another connection id is asked for', () => {
    const client = new Client();
    client.receive(connected);
    client.passTo(106);
    expect(client.sent.at(-1)).toBe('105 connect');
    client.receive(answer);
    expect(client.outcome).toMatchObject({ kind: 'answered' });
  });

  test('where there are other trackers one datagram is enough', () => {
    const client = new Client({ retransmissionsMax: 0 });
    client.passTo(15);
    expect(client.sent).toEqual(['0 connect']);
    expect(client.outcome).toEqual({ kind: 'failed', because: 'no answer to 1 datagrams of connect' });
  });
});

test('an error is what the tracker says', () => {
  for (const isConnected of [false, true]) {
    const client = new Client();
    if (isConnected) client.receive(connected);
    client.receive({ kind: 'error', transactionId: 77, message: 'not listed' });
    expect(client.outcome).toEqual({ kind: 'refused', reason: 'not listed' });
  }
});

describe('what is not awaited changes nothing', () => {
  test.each<[string, UdpTrackerResponse]>([
    ['another transaction', { ...answer, transactionId: 78 }],
    ['an error of another transaction', { kind: 'error', transactionId: 0, message: 'no' }],
    ['a scrape', { kind: 'scrape', transactionId: 77, torrents: [] }],
  ])('%s', (_, response) => {
    const client = new Client();
    client.receive(response);
    expect(client.state.kind).toBe('connecting');
    client.receive(connected);
    client.receive(response);
    client.receive(connected);
    expect(client.state.kind).toBe('announcing');
    expect(client.sent).toEqual(['0 connect', '0 announce']);
  });

  test('an announce before there is a connection', () => {
    const client = new Client();
    client.receive(answer);
    expect(client.state.kind).toBe('connecting');
  });

  test('datagrams that are too short', () => {
    const client = new Client();
    for (let length = 0; length < 8; length++) client.receiveOctets(new Uint8Array(length));
    expect(client.state.kind).toBe('connecting');
  });
});

test('what is over is over', () => {
  const client = new Client();
  client.receive({ kind: 'error', transactionId: 77, message: 'first' });
  client.receive(connected);
  client.passTo(10_000);
  expect(client.outcome).toEqual({ kind: 'refused', reason: 'first' });
  expect(client.sent).toEqual(['0 connect']);
});

test.each([
  ['an action that is unknown', '00000009 0000004d'],
  ['a connect that is cut off', '00000000 0000004d 0123'],
  ['an announce that is cut off', '00000001 0000004d 0123'],
])('%s in our transaction is the fault of the tracker', (_, hexadecimal) => {
  const client = new Client();
  client.receiveOctets(Uint8Array.fromHex(hexadecimal.replaceAll(' ', '')));
  expect(client.outcome).toMatchObject({ kind: 'failed', because: expect.stringContaining('BEP 15') });
});
