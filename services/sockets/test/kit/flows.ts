import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { type Endpoint, formatEndpoint } from '#shared/report.ts';

/** One session on the wire: all packets between two endpoints over one protocol. */
export interface Flow {
  readonly packets: readonly Packet[];
  /** Who initiated it: the sender of the SYN, or of the first datagram. */
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** Sorts `packets` into sessions, and says for each who is its client. */
export function flowsIn(packets: readonly Packet[]): Flow[] {
  const sessions = Map.groupBy(packets, ({ protocol, from, to }) =>
    [protocol, ...[from, to].map(formatEndpoint).toSorted()].join(' '),
  );
  return [...sessions.values()].flatMap((session) => {
    const first = session.find(isFirst);
    return first === undefined ? [] : [{ packets: session, client: first.from, server: first.to }];
  });
}

function isFirst({ protocol, flags }: Packet): boolean {
  return protocol === 'udp' || (flags.includes('SYN') && !flags.includes('ACK'));
}
