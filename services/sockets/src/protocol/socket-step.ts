import { type Endpoint, formatEndpoint } from '#shared/report.ts';

/**
 * The socket interface in single steps, as the two figures of section 2.7 draw it. A step is told when it has happened,
 * with the addresses that the operating system then knew; two columns say who did which part of it.
 */

export type Transport = 'udp' | 'tcp';

/** The calls of the figures. UDP knows create, bind, recvfrom, sendto and close; TCP has the others instead. */
export type SocketCall =
  | 'create'
  | 'bind'
  | 'listen'
  | 'connect'
  | 'accept'
  | 'recvfrom'
  | 'sendto'
  | 'recv'
  | 'send'
  | 'close';

/** One call that a program made on a socket. */
export interface SocketStep {
  readonly call: SocketCall;
  readonly transport: Transport;
  /** The socket's own address; null until it has one. */
  readonly local: Endpoint | null;
  /** The other end: of the connection, or of this one datagram. */
  readonly remote: Endpoint | null;
  /** What was received or sent. */
  readonly octets?: Uint8Array;
}

/** One step in the two columns of the figure. */
export interface ExplainedStep {
  readonly program: string;
  readonly operatingSystem: string;
}

/** Who does what in `step`. */
export function explain(step: SocketStep): ExplainedStep {
  const [program, operatingSystem] = COLUMNS[step.call](step, {
    local: step.local === null ? 'no address yet' : formatEndpoint(step.local),
    remote: step.remote === null ? 'nobody' : formatEndpoint(step.remote),
    octets: `${step.octets?.length ?? 0} octets`,
  });
  return { program, operatingSystem };
}

interface Words {
  readonly local: string;
  readonly remote: string;
  readonly octets: string;
}

const COLUMNS: Readonly<Record<SocketCall, (step: SocketStep, words: Words) => readonly [string, string]>> = {
  create: ({ transport }) => [`asks for a ${transport.toUpperCase()} socket`, 'makes one, without an address'],
  bind: (_step, { local }) => ['asks for a port that clients know', `gives the socket the address ${local}`],
  listen: (_step, { local }) => ['makes it the welcoming socket', `accepts connections to ${local}, and queues them`],
  connect: (_step, { local, remote }) => [
    `names the server: ${remote}`,
    `chooses the source ${local}; SYN, SYN+ACK, ACK: the connection stands`,
  ],
  accept: (_step, { local, remote }) => [
    'takes a connection from the queue',
    `hands over a new socket: ${local} with ${remote}`,
  ],
  recvfrom: (_step, { octets, remote }) => ['waits for a datagram', `hands over ${octets}, and the source ${remote}`],
  sendto: (_step, { octets, local, remote }) => [
    `hands over ${octets} and the destination ${remote}`,
    `adds the source ${local}, sends one datagram`,
  ],
  recv: (_step, { octets }) => ['waits for octets of the connection', `hands over ${octets}, as many as have come`],
  send: (_step, { octets, remote }) => [
    `hands over ${octets}, and no address`,
    `sends them in order to ${remote}, again if they are lost`,
  ],
  close: ({ transport, remote }, { local }) => [
    'gives the socket back',
    transport === 'tcp' && remote !== null ? `has ended the connection of ${local} by FIN` : `frees ${local}`,
  ],
};

const CALL_WIDTH = 10;
const PROGRAM_WIDTH = 66;

/** The heading of the columns that `formatStep` writes. */
export const STEP_HEADING = `${'call'.padEnd(CALL_WIDTH)}${'what the program does'.padEnd(PROGRAM_WIDTH)}what the operating system does`;

/** `step` as one line of the step view: the call, and who does what. */
export function formatStep(step: SocketStep): string {
  const { program, operatingSystem } = explain(step);
  return `${step.call.padEnd(CALL_WIDTH)}${program.padEnd(PROGRAM_WIDTH)}${operatingSystem}`;
}
