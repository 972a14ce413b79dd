import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import type { Message } from '#shared/dns/message.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { TYPE } from '#shared/dns/registry.ts';
import { type Capture, canCapture } from '#shared/host/test/kit/capture.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { act, lab, now, reportsAfter, until } from './kit/lab-under-test.ts';
import { browse, captureOnClient } from './kit/workstation.ts';

/**
 * A browser on the workstation opens http://www.amazon.com/. Before the first octet of HTTP it asks for the address of the
 * host in the URL; the packets tell in which order. Users of the second provider ask another local DNS server.
 */

const URL_ = 'http://www.amazon.com/shelf/books?page=1#offers';
const HOST = 'www.amazon.com';
const SERVER = `${lab.net}.10.2`;
const DNS_PORT = 53;
const LOCAL_DNS = `${lab.net}.4.1`;

let capture: Capture;
let packets: readonly Packet[];

beforeAll(async () => {
  if (!canCapture) return;
  await act('resolver', 'flush');
  capture = await captureOnClient(`(host ${LOCAL_DNS} and udp port 53) or (host ${SERVER} and tcp port 80)`);
  expect(await browse(URL_)).toBe(200);
  packets = await capture.until('the answer of the web server', (seen) => seen.some((one) => isHttp(one, SERVER)));
});

afterAll(async () => {
  await capture?.stop();
});

function isHttp({ protocol, from, payload }: Packet, address: string): boolean {
  return (
    protocol === 'tcp' && from.address === address && new TextDecoder().decode(payload.subarray(0, 8)) === 'HTTP/1.1'
  );
}

/** The DNS messages about addresses (A) to the local DNS server, or from it, with their moments. */
function messages(way: 'from' | 'to'): { readonly at: number; readonly message: Message }[] {
  return packets
    .filter((packet) => packet.protocol === 'udp' && packet[way].address === LOCAL_DNS && packet[way].port === DNS_PORT)
    .map(({ at, payload }) => ({ at, message: decodeMessage(payload) }))
    .filter(({ message }) => message.question[0]?.qtype === TYPE.A);
}

test.skipIf(!canCapture)(
  'DNS-07, DNS-08 the browser takes the host name out of the URL and asks for exactly this name',
  () => {
    const [asked] = messages('to');
    expect(new URL(URL_).hostname).toBe(HOST);
    expect(asked?.message).toMatchObject({ qr: false, rd: true });
    expect(asked?.message.question.map(({ qname }) => formatHostname(qname))).toEqual([HOST]);
  },
);

test.skipIf(!canCapture)(
  'DNS-09, DNS-02 the reply gives an IP address for the name; the packets that follow have addresses only',
  () => {
    const [replied] = messages('from');
    const addresses = replied?.message.answer.flatMap(({ rdata }) => (rdata.kind === 'A' ? [rdata.address] : []));
    expect(addresses).toEqual([SERVER]);
    const segments = packets.filter(({ protocol }) => protocol === 'tcp');
    expect(new Set(segments.flatMap(({ from, to }) => [from.address, to.address]))).toContain(SERVER);
  },
);

test.skipIf(!canCapture)(
  'DNS-10, DNS-06 only then does it connect: the first segment goes to this address, port 80',
  () => {
    const [replied] = messages('from');
    const [first] = packets.filter(({ protocol }) => protocol === 'tcp');
    expect(first).toMatchObject({ flags: ['SYN'], to: { address: SERVER, port: 80 } });
    expect(first!.at).toBeGreaterThan(replied!.at);
  },
);

test('DNS-27 each provider has a local DNS server, and its users ask that one', async () => {
  const before = await now();
  await Promise.all(['peer-1', 'peer-3'].map((peer) => act(peer, 'start-over')));
  const askedBy = async (suffix: string) => {
    const reports = await reportsAfter(before);
    const asked = reports.filter(
      ({ kind, from, to, host }) =>
        kind === 'dns.query' &&
        from?.address === `${lab.net}.${suffix}` &&
        to?.address !== from.address &&
        host.startsWith('resolver'),
    );
    return new Set(asked.map(({ host }) => host));
  };

  await until('both peers look for the tracker or the web server', async () => {
    return (await askedBy('31.1')).size > 0 && (await askedBy('33.1')).size > 0;
  });
  expect(await askedBy('31.1')).toEqual(new Set(['resolver']));
  expect(await askedBy('33.1')).toEqual(new Set(['resolver-b']));
});
