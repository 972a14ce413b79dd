import { LineClient } from './line-client.ts';
import type { MailHost } from './mail-world.ts';

/** An IMAP conversation by hand: each command has a tag of its own, and its answer is all that comes up to the reply. */
export class ImapClient {
  readonly line: LineClient;
  #tags = 0;

  constructor(address: string, port = 143) {
    this.line = new LineClient(address, port);
  }

  /** Sends a command and gives what came, the reply without its tag last. Octets are latin1. */
  async ask(command: string): Promise<string[]> {
    const tag = this.start(command);
    return this.answer(tag);
  }

  start(command: string): string {
    this.#tags += 1;
    const tag = `t${this.#tags}`;
    this.line.send(`${tag} ${command}\r\n`);
    return tag;
  }

  async answer(tag: string): Promise<string[]> {
    const text = await this.line.until(new RegExp(`(?:^|\\r\\n)${tag} [^\\r\\n]*\\r\\n`));
    return text
      .slice(0, -2)
      .split('\r\n')
      .map((line) => (line.startsWith(`${tag} `) ? line.slice(tag.length + 1) : line));
  }

  /** The last line of the answer: `OK ...`. */
  async reply(command: string): Promise<string> {
    return (await this.ask(command)).at(-1) ?? '';
  }

  /** Appends a message in one go (RFC 7888). */
  append(mailbox: string, message: string, options = ''): Promise<string> {
    return this.reply(`APPEND ${mailbox} ${options}{${message.length}+}\r\n${message}`);
  }
}

/** A conversation that has logged in, and selected a mailbox when one is given. */
export async function openImap(
  { host }: MailHost,
  { user, password }: { user: string; password: string },
  mailbox?: string,
): Promise<ImapClient> {
  const client = new ImapClient(host.address);
  await client.line.until(/\r\n/);
  await client.ask(`LOGIN ${user} ${password}`);
  if (mailbox !== undefined) await client.ask(`SELECT ${mailbox}`);
  return client;
}
