import type { NodemailerError } from 'nodemailer/lib/errors';
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import type { Host } from '#shared/host/host.ts';
import { Patience } from '#shared/host/patience.ts';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { Dialogue } from '../protocol/dialogue.ts';
import { RecipientReplies } from '../protocol/recipient-replies.ts';
import { parseSmtpReply, type SmtpReply } from '../protocol/smtp-reply.ts';
import { clientLog } from './client-log.ts';
import { loadClientConnection } from './mail-libraries.ts';
import { SilenceWatch } from './silence-watch.ts';
import { SmtpClient, type SmtpServerAddress } from './smtp-client.ts';
import { SmtpTranscript } from './smtp-transcript.ts';

/** The library's own limit of silence, in milliseconds: above all of ours, which know what is awaited. */
const LIBRARY_SILENCE_MS = 660_000;
/** How long a closed connection may linger, in milliseconds. */
const CLOSE_MS_MAX = 500;
/** Longest reply, in octets. */
const REPLY_OCTETS_MAX = 64 * 1024;

/**
 * Whether messages to other servers are encrypted: not at all, so that a capture shows them; where the other server offers
 * it, with any certificate (RFC 7435); or only with a certificate of the lab's authority for the server's name.
 */
type RelayTls = 'none' | 'may' | 'verify';

/** How this server talks to others. */
export interface RelayOptions {
  readonly connectTimeoutMs: number;
  /** No answer is waited for longer than this, in milliseconds. */
  readonly silenceMsMax: number;
  readonly tls: RelayTls;
}

/** Why a server could not be talked to. */
export class SmtpConnectError extends Error {
  override readonly name = 'SmtpConnectError';
  /** What it said instead of a greeting; null when it said nothing. */
  readonly reply: SmtpReply | null;
  /** Whether TLS could not be had: it was not offered, or the handshake failed. */
  readonly isTls: boolean;
  readonly dialogue: Dialogue;

  constructor(message: string, about: { reply: SmtpReply | null; isTls: boolean; dialogue: Dialogue }) {
    super(message);
    this.reply = about.reply;
    this.isTls = about.isTls;
    this.dialogue = about.dialogue;
  }
}

/** Connects to a server, up to its answer to EHLO. @throws SmtpConnectError */
export function openSmtpClient(
  host: Host,
  server: SmtpServerAddress,
  options: RelayOptions & { helo: string; cause: string; signal: AbortSignal },
): Promise<SmtpClient> {
  const { helo, connectTimeoutMs, silenceMsMax, tls, cause, signal } = options;
  const transcript = new SmtpTranscript(host, { address: host.address, port: 0 }, server.endpoint, cause);
  const dialogue = new Dialogue();
  const replies = new RecipientReplies();
  let ehlo = '';
  let isStartTls = false;
  let client: SmtpClient | null = null;
  return new Promise((resolve, reject) => {
    const giveUp = (message: string, reply: SmtpReply | null = null, isTls = false) => {
      connecting.end();
      silence.stop();
      reject(new SmtpConnectError(message, { reply, isTls, dialogue }));
      connection.close();
    };
    const silence = new SilenceWatch(silenceMsMax, (sentence) => {
      dialogue.add('-', sentence);
      if (client === null) giveUp(sentence);
      else client.close(sentence);
    });
    const watcher = {
      connected: () => connecting.end(),
      command: (line: string) => {
        isStartTls = line === 'STARTTLS';
        dialogue.add('C', line);
        replies.command(line);
        silence.command(line);
      },
      reply: (reply: string) => {
        dialogue.add('S', reply);
        replies.reply(reply);
        ehlo = reply;
        silence.reply();
        if (isStartTls && reply.startsWith('220')) silence.handshake();
      },
      sent: () => {
        dialogue.add('C', '(the message)');
        dialogue.add('C', '.');
        silence.sent();
      },
    };
    const ClientConnection = loadClientConnection();
    const connection = new ClientConnection({
      host: server.endpoint.address,
      port: server.endpoint.port,
      localAddress: host.address,
      name: helo,
      ...tlsOptions(host, server.name, tls),
      transactionLog: true,
      logger: clientLog(transcript, watcher),
      // Ours end first: the library counts connecting, greeting and handshake together.
      connectionTimeout: LIBRARY_SILENCE_MS,
      greetingTimeout: LIBRARY_SILENCE_MS,
      socketTimeout: LIBRARY_SILENCE_MS,
      socketCloseTimeout: CLOSE_MS_MAX,
      maxResponseSize: REPLY_OCTETS_MAX,
    });
    const connecting = new Patience(connectTimeoutMs, () => giveUp(`no connection within ${connectTimeoutMs} ms`));
    const fail = (error: NodemailerError) =>
      giveUp(error.message, error.responseCode ? parseSmtpReply(String(error.response)) : null, isStartTls);
    // Also keeps a later error of a connection that is no longer used from ending the program.
    connection.on('error', fail);
    connection.once('end', () => giveUp('the connection ended'));
    signal.addEventListener('abort', () => client ?? giveUp('this server is stopping'), { once: true });
    connection.connect((error) => {
      if (error) return fail(error);
      if (signal.aborted) return giveUp('this server is stopping');
      client = new SmtpClient(server, { connection, transcript, silence, dialogue, replies, ehlo });
      resolve(client);
    });
  });
}

function tlsOptions(host: Host, name: string, tls: RelayTls): SMTPConnectionOptions {
  // RFC 3207, section 4: a server that is open to all must not be refused for want of encryption.
  if (tls === 'none') return { ignoreTLS: true };
  // Without an authority to judge by, encryption keeps out those who only listen.
  if (tls === 'may') return { opportunisticTLS: true, tls: { rejectUnauthorized: false, servername: name } };
  const ca = readAuthorityCertificate(host);
  return { requireTLS: true, tls: { rejectUnauthorized: true, servername: name, ...(ca === null ? {} : { ca }) } };
}
