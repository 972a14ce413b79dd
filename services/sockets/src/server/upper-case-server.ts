import type { Endpoint } from '#shared/report.ts';
import type { SocketStep, Transport } from '../protocol/socket-step.ts';

/** What both servers offer to who started them, and to the socket inspector (`GET /state`). */
export interface UpperCaseServer {
  /** Messages answered since the start. */
  served(): number;
  /** Every socket that is open at this moment. */
  sockets(): readonly OpenSocket[];
  close(): Promise<void>;
}

/** One line of the socket inspector. */
export interface OpenSocket {
  readonly transport: Transport;
  readonly role: 'one for all clients' | 'welcoming' | 'connection';
  /**
   * The states of a connection are those of RFC 9293, section 3.3.2; FIN-WAIT stands for the two of that name, which only
   * the operating system can tell apart. A socket of UDP has no state: it is connected to nobody.
   */
  readonly state: 'UNCONNECTED' | 'LISTEN' | 'ESTABLISHED' | 'FIN-WAIT';
  readonly local: Endpoint;
  /** Null where the socket receives from anybody. With `local` and `transport` it identifies a connection. */
  readonly remote: Endpoint | null;
}

/** Who watches a server work: the observatory, or the terminal of a server that runs alone. */
export interface Onlooker {
  /** A name for what belongs together: the life of a socket, a question with its answer. */
  newExchange(): string;
  tell(exchange: string, step: SocketStep): void;
  /** What went wrong for one client, in a sentence; the server goes on. */
  trouble(sentence: string): void;
}
