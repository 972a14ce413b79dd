import type { Endpoint, ReportInput } from '#shared/report.ts';
import { formatEndpoint } from '#shared/report.ts';
import type { SocketCall, SocketStep } from './protocol/socket-step.ts';
import { explain } from './protocol/socket-step.ts';
import { readable } from './protocol/upper-case.ts';

/** What the upper-case servers tell the observatory: each step of a socket, and among them each message. */
export function stepReport(exchange: string, step: SocketStep): ReportInput {
  if (step.octets === undefined || step.local === null || step.remote === null) return socketReport(exchange, step);
  const received = step.call === 'recv' || step.call === 'recvfrom';
  return received
    ? messageReport('uppercase.request', exchange, step.remote, step.local, step)
    : messageReport('uppercase.reply', exchange, step.local, step.remote, step);
}

/** What a socket has become by a call. */
const BECOME: Partial<Record<SocketCall, string>> = {
  create: 'created',
  bind: 'bound',
  listen: 'listening',
  accept: 'accepted',
  close: 'closed',
};

const BECAUSE: Partial<Record<SocketCall, string>> = {
  bind: 'a client must know the port before it sends anything: a server asks for one, a client takes what it is given',
  listen: 'this is the welcoming socket: it only hands over connections, and carries no message itself',
  accept: 'the client named the welcoming socket when it connected; this connection socket is its own',
};

function socketReport(exchange: string, step: SocketStep): ReportInput {
  const become = BECOME[step.call] ?? step.call;
  const name = `${step.transport.toUpperCase()} socket${step.local === null ? '' : ` ${formatEndpoint(step.local)}`}`;
  return {
    kind: 'uppercase.socket',
    exchange,
    summary: `${name} ${become}${step.remote === null ? '' : `, the other end is ${formatEndpoint(step.remote)}`}`,
    message: {
      call: step.call,
      become,
      transport: step.transport,
      local: step.local,
      remote: step.remote,
      ...explain(step),
    },
    because: BECAUSE[step.call],
  };
}

function messageReport(
  kind: 'uppercase.request' | 'uppercase.reply',
  exchange: string,
  from: Endpoint,
  to: Endpoint,
  { octets = new Uint8Array(), transport, call }: SocketStep,
): ReportInput {
  const text = readable(octets);
  const source = transport === 'udp' ? 'datagram carried as its source' : 'connection belongs to';
  const because = kind === 'uppercase.reply' ? `sent back to the address that the ${source}` : undefined;
  return {
    kind,
    exchange,
    from,
    to,
    summary: text,
    message: { text, octets: octets.length, transport, call },
    because,
  };
}
