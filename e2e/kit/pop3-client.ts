import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Endpoint } from '#shared/report.ts';

/** A POP3 client for the journeys: one command at a time, as the notes print the dialogue (RFC 1939). */
export class Pop3Client {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = createInterface({ input: socket });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Connects and reads the greeting. */
  static async open(server: Endpoint): Promise<Pop3Client> {
    const socket = connect(server.port, server.address);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new Pop3Client(socket);
    await client.#status('the greeting');
    return client;
  }

  /** Sends a command and gives its status line. @throws Error when the server says -ERR */
  async ask(command: string): Promise<string> {
    this.#socket.write(`${command}\r\n`);
    return this.#status(command);
  }

  /** Sends a command whose answer has several lines, and gives them without dot-stuffing. */
  async askLines(command: string): Promise<string[]> {
    await this.ask(command);
    const lines: string[] = [];
    for (let line = await this.#line(); line !== '.'; line = await this.#line()) {
      lines.push(line.startsWith('.') ? line.slice(1) : line);
    }
    return lines;
  }

  close(): void {
    this.#reader.close();
    this.#socket.destroy();
  }

  async #status(command: string): Promise<string> {
    const line = await this.#line();
    if (!line.startsWith('+OK')) throw new Error(`${command} was answered "${line}"`);
    return line;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The POP3 server closed the connection');
    return value;
  }
}

/** All messages of a maildrop, each as its lines. */
export async function fetchMaildrop(server: Endpoint, user: string, password: string): Promise<string[][]> {
  const client = await Pop3Client.open(server);
  try {
    await client.ask(`USER ${user}`);
    await client.ask(`PASS ${password}`);
    const [, count = '0'] = (await client.ask('STAT')).split(' ');
    const messages: string[][] = [];
    for (let number = 1; number <= Number(count); number += 1) messages.push(await client.askLines(`RETR ${number}`));
    await client.ask('QUIT');
    return messages;
  } finally {
    client.close();
  }
}
