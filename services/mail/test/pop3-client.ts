import type { ConnectionOptions } from 'node:tls';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { LineClient } from './line-client.ts';
import type { MailHost } from './mail-world.ts';

/** A POP3 client that speaks by hand, in the clear and in TLS. */
export class Pop3Client extends LineClient {
  readonly #server: MailHost;

  /** @param port 995 has TLS from the first octet */
  constructor(server: MailHost, port: 110 | 995) {
    super(server.host.address, port, port === 995 ? trustOf(server) : undefined);
    this.#server = server;
  }

  /** Connected and greeted. */
  static async open(server: MailHost, port: 110 | 995 = 110): Promise<Pop3Client> {
    const client = new Pop3Client(server, port);
    await client.line();
    return client;
  }

  /** In the transaction state. */
  static async logIn(server: MailHost, { user, password }: { user: string; password: string }): Promise<Pop3Client> {
    const client = await Pop3Client.open(server);
    await client.ask(`USER ${user}`);
    const answer = await client.ask(`PASS ${password}`);
    if (!answer.startsWith('+OK')) throw new Error(`the log-in was answered ${answer}`);
    return client;
  }

  /** Says a command and gives the status line, without its CRLF. */
  override ask(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return this.line();
  }

  /** Says a command and gives the lines behind +OK, the full stops no longer doubled. */
  async askLines(command: string): Promise<string[]> {
    return (await this.askOctets(command)).split('\r\n').slice(0, -1);
  }

  /** Says a command and gives the octets behind +OK up to the final full stop, the full stops no longer doubled. */
  async askOctets(command: string): Promise<string> {
    const status = await this.ask(command);
    if (!status.startsWith('+OK')) throw new Error(`${command} was answered ${status}`);
    const response = await this.until(/^\.\r\n|\r\n\.\r\n/);
    return response.slice(0, -3).replace(/^\./gm, '');
  }

  async line(): Promise<string> {
    return (await this.until(/\r\n/)).slice(0, -2);
  }

  /** Everything that came, when the server has closed. */
  override async closed(): Promise<string> {
    const received = await super.closed();
    if (!this.socket.destroyed) throw new Error('the server does not close');
    return received;
  }

  /** Makes the handshake of TLS on this connection. */
  async secure(): Promise<void> {
    await this.startTls(trustOf(this.#server));
  }

  /** QUIT; the maildrop is free when this resolves. */
  async quit(): Promise<void> {
    await this.ask('QUIT');
    await this.closed();
  }
}

/** Trusts the lab's authority and nobody else. */
function trustOf({ host, environment }: MailHost): ConnectionOptions {
  const ca = readAuthorityCertificate(host);
  if (ca === null) throw new Error('the host has no certificate');
  return { ca, servername: environment.MAIL_HOST ?? '' };
}
