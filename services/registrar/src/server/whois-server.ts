import { createServer, type Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';
import {
  decodeLine,
  decodeWhoisQuery,
  formatWhoisAnswer,
  formatWhoisError,
  formatWhoisNoMatch,
} from '../protocol/whois.ts';
import { Refusal } from '../refusal.ts';
import type { Registrar } from '../registrar.ts';
import { whoisQueryReport, whoisResponseReport } from '../reports.ts';
import { REGISTRAR_NAME, sayRefusal, sayTrouble } from './answers.ts';
import { shown } from './api-routes.ts';

/** Connections at once; each lasts for one question. */
const CONNECTIONS_MAX = 200;

export interface WhoisServer {
  readonly answered: () => number;
  close(): Promise<void>;
}

/** The WHOIS server (RFC 3912): one line comes, the answer goes, and the connection is closed. */
export async function listenWhois(host: Host, registrar: Registrar, timeoutMs: number): Promise<WhoisServer> {
  const connections = new Set<Socket>();
  let answered = 0;
  // A client may close its side as soon as it has sent its line.
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection);
    // The whole conversation has this time: a client that sends an octet now and then holds no place.
    const deadline = setTimeout(() => connection.destroy(), timeoutMs);
    connection.on('close', () => {
      clearTimeout(deadline);
      connections.delete(connection);
    });
    // A client that resets its connection is no fault of ours; "close" follows.
    connection.on('error', () => {});
    readQuery(connection, (query) => {
      answered += 1;
      answer(host, registrar, connection, query).catch((error: Error) => {
        host.log.error(error, 'a WHOIS query failed');
        connection.destroy();
      });
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.address, port: host.port(43) }, resolve);
  });
  server.on('error', (error) => host.log.error(error, 'the WHOIS socket failed'));
  return {
    answered: () => answered,
    close: () => {
      for (const connection of connections) connection.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type Query = { readonly text: string } | { readonly violation: ProtocolViolation };

/** Calls `done` once, with the line or with what is wrong with it; a client that says nothing is not answered. */
function readQuery(connection: Socket, done: (query: Query) => void): void {
  let octets = Buffer.alloc(0);
  let isDone = false;
  const attempt = (decode: () => string | null) => {
    if (isDone) return;
    try {
      const text = decode();
      if (text === null) return;
      isDone = true;
      done({ text });
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      isDone = true;
      done({ violation: error });
    }
  };
  connection.on('data', (chunk: Buffer) => {
    // What follows the line is read and forgotten.
    if (isDone) return;
    octets = Buffer.concat([octets, chunk]);
    attempt(() => decodeWhoisQuery(octets));
  });
  connection.on('end', () => {
    if (octets.length === 0) connection.end();
    else attempt(() => decodeLine(octets));
  });
}

async function answer(host: Host, registrar: Registrar, connection: Socket, query: Query): Promise<void> {
  const here = { address: connection.localAddress ?? host.address, port: connection.localPort ?? host.port(43) };
  const client = { address: connection.remoteAddress ?? '', port: connection.remotePort ?? 0 };
  const exchange = host.newExchange();
  const asked = 'text' in query ? query.text : '(no text)';
  host.report(whoisQueryReport({ exchange, from: client, to: here }, asked));
  const { text, because } = await compose(registrar, query);
  host.report(whoisResponseReport({ exchange, from: here, to: client }, text, because));
  connection.end(text);
}

async function compose(registrar: Registrar, query: Query): Promise<{ text: string; because: string }> {
  if ('violation' in query) {
    const because = query.violation.message;
    return { text: formatWhoisError(because), because };
  }
  try {
    const registration = shown(await registrar.find(query.text));
    return {
      text: formatWhoisAnswer(registration, REGISTRAR_NAME, sayTrouble(registration)),
      because: 'it is registered here',
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const because = sayRefusal(error);
    const isUnknown = error.code === 'notFound';
    return {
      text: isUnknown ? formatWhoisNoMatch(error.about.name, REGISTRAR_NAME) : formatWhoisError(because),
      because,
    };
  }
}
