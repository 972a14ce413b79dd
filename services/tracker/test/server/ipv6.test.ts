import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeBencode } from '#shared/bittorrent/bencode.ts';
import { encodeUdpAnnounce, encodeUdpConnect } from '#shared/bittorrent/udp-tracker-request.ts';
import { decodeUdpResponse, type UdpTrackerResponse } from '#shared/bittorrent/udp-tracker-response.ts';
import type { Host } from '#shared/host/host.ts';
import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { program } from '../../src/program.ts';
import { INFO_HASH, requestOf } from './udp-client.ts';

/** Programs on the one address of IPv6 that every machine has. */
const ADDRESS = '::1';
/** Where a port is looked for that nobody has there: below those that the kernel gives away, and for each worker elsewhere. */
const PORT_FIRST = 20_000 + (process.pid % 1_000) * 10;
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === ADDRESS));

/** The first port from `port` on where nobody listens, neither over TCP nor over UDP. */
async function freePort(port = PORT_FIRST): Promise<number> {
  const [tcp, udp] = [createServer(), createSocket('udp6')];
  try {
    tcp.listen(port, ADDRESS);
    await once(tcp, 'listening');
    udp.bind(port, ADDRESS);
    await once(udp, 'listening');
    return port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return await freePort(port + 1);
  } finally {
    await Promise.all([tcp.listening ? once(tcp.close(), 'close') : null, once(udp.close(), 'close')]);
  }
}

describe.runIf(hasIpv6)('on a host with an address of IPv6', () => {
  let base: TestHost;
  let running: Running;
  let trackerPort: number;

  beforeEach(async () => {
    base = createTestHost({ name: 'tracker', suffix: '30.8' });
    const host: Host = { ...base, address: ADDRESS };
    trackerPort = await freePort();
    running = await startOn(program, host, { TRACKER_PORT: String(trackerPort) });
  });

  afterEach(async () => {
    await running.stop();
    await base.remove();
  });

  test('peers come back in "peers6", 18 octets each, and never in "peers" (BEP 7)', async () => {
    const hash = INFO_HASH.toHex().replace(/../g, '%$&');
    const announce = async (port: number) => {
      const query = `info_hash=${hash}&peer_id=-XX0001-00000000${port}&port=${port}&left=1`;
      const answer = await fetch(`http://[${ADDRESS}]:${trackerPort}/announce?${query}`);
      return decodeBencode(new Uint8Array(await answer.arrayBuffer())) as Map<string, unknown>;
    };
    const own = [...new Uint8Array(15), 1];
    expect((await announce(7001)).get('external ip')).toEqual(Uint8Array.from(own));
    const answer = await announce(7002);
    expect(answer.get('peers')).toHaveLength(0);
    expect(answer.get('peers6')).toEqual(Uint8Array.from([...own, 0x1b, 0x59]));
  });

  test('over UDP a peer has 18 octets', async () => {
    const socket = createSocket('udp6');
    const ask = (octets: Uint8Array) =>
      new Promise<UdpTrackerResponse>((resolve) => {
        socket.once('message', (answer) => resolve(decodeUdpResponse(answer, 'IPv6')));
        socket.send(octets, trackerPort, ADDRESS);
      });
    for (const [nth, port] of [7001, 7002].entries()) {
      const connected = await ask(encodeUdpConnect(1));
      if (connected.kind !== 'connect') throw new Error(connected.kind);
      const head = { connectionId: connected.connectionId, transactionId: 2 };
      const answer = await ask(encodeUdpAnnounce(head, { request: requestOf(nth, { port }), urlData: '' }));
      expect(answer).toMatchObject({ peers: nth === 0 ? [] : [{ address: ADDRESS, port: 7001 }] });
    }
    socket.close();
  });
});
