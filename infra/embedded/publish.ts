import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import type { PublishedPort } from '#shared/host/lab-map.ts';
import type { EmbeddedHost } from './embedded-host.ts';

/** How long an answer to a published datagram is waited for, in milliseconds. */
const DATAGRAM_WAIT_MS = 5_000;

type Unpublish = () => Promise<void>;

/**
 * Offers the published ports of docker-compose.yml on this machine, as Docker does: what comes to 127.0.0.1:8080 goes to
 * port 80 of the observatory, from the gateway's address.
 */
export async function publishPorts(
  hosts: readonly EmbeddedHost[],
  gateway: string,
  port: (standard: number) => number,
): Promise<Unpublish> {
  const opened: Unpublish[] = [];
  try {
    for (const host of hosts) {
      for (const published of host.onMap.ports) {
        const target = { address: host.address, port: port(published.standard), from: gateway };
        const opening = published.protocol === 'udp' ? publishUdp(published, target) : publishTcp(published, target);
        opened.push(await opening.catch((error) => Promise.reject(whyNotPublished(error, host.name, published))));
      }
    }
  } catch (error) {
    await Promise.all(opened.map((close) => close()));
    throw error;
  }
  return async () => {
    await Promise.all(opened.map((close) => close()));
  };
}

/** These ports are this machine's, not the lab's: another LAB_NET would not help. */
function whyNotPublished(error: NodeJS.ErrnoException, host: string, { address, published }: PublishedPort): Error {
  const elsewhere = 'offer the lab on another address (LAB_PUBLISH=127.0.0.2) or not at all (--no-publish)';
  const sentence =
    error.code === 'EADDRINUSE'
      ? `The port ${address}:${published} of this machine is taken: stop what listens there (ss -lntup shows it), or ${elsewhere}`
      : `The port ${address}:${published} of this machine cannot be opened (${error.message}): ${elsewhere}`;
  return new Error(`${host}: ${sentence}`, { cause: error });
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly from: string;
}

function publishTcp(published: PublishedPort, target: Target): Promise<Unpublish> {
  const open = new Set<Socket>();
  const relay = createServer({ allowHalfOpen: true }, (outer) => {
    const inner = connect({ host: target.address, port: target.port, localAddress: target.from, allowHalfOpen: true });
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroySoon();
      });
      one.pipe(other);
    }
  });
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of open) socket.destroy();
      relay.close(() => resolve());
    });
  return new Promise((resolve, reject) => {
    relay.once('error', reject);
    relay.listen(published.published, published.address, () => resolve(close));
  });
}

function publishUdp(published: PublishedPort, target: Target): Promise<Unpublish> {
  const outer = createSocket('udp4');
  const open = new Set<UdpSocket>();
  outer.on('message', (datagram, client) => {
    if (client.port === 0) return;
    const inner = createSocket('udp4');
    open.add(inner);
    const end = () => {
      clearTimeout(timer);
      if (open.delete(inner)) inner.close();
    };
    const timer = setTimeout(end, DATAGRAM_WAIT_MS);
    inner.on('error', end);
    inner.on('message', (answer) => {
      outer.send(answer, client.port, client.address, () => {});
      end();
    });
    inner.bind(0, target.from, () => inner.send(datagram, target.port, target.address, () => {}));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of open) socket.close();
      open.clear();
      outer.close(() => resolve());
    });
  return new Promise((resolve, reject) => {
    outer.once('error', reject);
    outer.bind(published.published, published.address, () => {
      outer.off('error', reject);
      outer.on('error', () => {});
      resolve(close);
    });
  });
}
