import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import type { Endpoint } from '#shared/report.ts';
import { COMMAND_OCTETS_MAX, DotStuffer, formatForReport, TopFilter } from '../protocol/pop3-command.ts';
import {
  type MaildropMessage,
  POP3_START,
  type Pop3Input,
  type Pop3Output,
  type Pop3State,
  stepPop3,
} from '../protocol/pop3-session.ts';
import { commandReport, pop3ReplyReport } from '../reports.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { Logins } from './logins.ts';

export interface Pop3Parts {
  readonly host: Host;
  readonly logins: Logins;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
}

/** Octets of commands that wait; a client that sends more without reading the answers has to wait itself. */
const INPUT_OCTETS_MAX = 16 * 1024;

/** One POP3 connection: carries bytes to the session's machine and performs what it asks for, one command after the other. */
export class Pop3Connection {
  readonly #parts: Pop3Parts;
  readonly #socket: Socket;
  readonly #client: Endpoint;
  readonly #here: Endpoint;
  readonly #exchange: string;
  #state: Pop3State = POP3_START;
  #mailbox: Mailbox | null = null;
  #unlock: () => void = () => {};
  #input = '';
  #isBusy = false;
  /** The client will send no more commands; those that came are still obeyed. */
  #hasEnded = false;
  #isOver = false;

  constructor(parts: Pop3Parts, socket: Socket, idleMs: number) {
    this.#parts = parts;
    this.#socket = socket;
    this.#client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.#here = { address: socket.localAddress ?? parts.host.address, port: socket.localPort ?? 0 };
    this.#exchange = parts.host.newExchange();
    socket.setNoDelay(true);
    // RFC 1939, section 3: a session that times out removes nothing.
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('data', (octets: Buffer) => this.#take(octets));
    // A client that resets its connection is no fault of ours; "close" follows.
    socket.on('error', () => {});
    socket.on('end', () => {
      this.#hasEnded = true;
      if (!this.#isBusy) this.#finish();
    });
    socket.on('close', () => this.#finish());
    this.#reply(`+OK ${parts.mailHost} Topdown POP3 server ready`);
  }

  #finish(): void {
    this.#isOver = true;
    // While a command runs, it ends first: what it does to the mailbox is done under the lock.
    if (!this.#isBusy) this.#unlock();
    this.#socket.end();
  }

  #take(octets: Buffer): void {
    this.#input += octets.toString('latin1');
    if (this.#input.length > INPUT_OCTETS_MAX) this.#socket.pause();
    void this.#run();
  }

  /** Obeys the commands that have come, in order (RFC 2449, section 6.8: pipelining). */
  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let line = this.#nextLine(); line !== null && !this.#isOver; line = this.#nextLine()) await this.#obey(line);
    } catch (error) {
      this.#parts.host.log.warn(error, 'a POP3 session failed');
      this.#socket.destroy();
    } finally {
      this.#isBusy = false;
      if (this.#isOver || this.#hasEnded) this.#finish();
      else this.#socket.resume();
    }
  }

  #nextLine(): string | null {
    const feed = this.#input.indexOf('\n');
    if (feed === -1 ? this.#input.length < COMMAND_OCTETS_MAX : feed < COMMAND_OCTETS_MAX) {
      if (feed === -1) return null;
      const line = Buffer.from(this.#input.slice(0, feed), 'latin1').toString('utf8').replace(/\r$/, '');
      this.#input = this.#input.slice(feed + 1);
      return line;
    }
    this.#reply(
      '-ERR The command is too long',
      `a command has ${COMMAND_OCTETS_MAX} octets at most (RFC 2449, section 4)`,
    );
    this.#isOver = true;
    this.#socket.end();
    return null;
  }

  async #obey(line: string): Promise<void> {
    this.#parts.host.report(
      commandReport('pop3', {
        exchange: this.#exchange,
        from: this.#client,
        to: this.#here,
        line: formatForReport(line),
      }),
    );
    const inputs: Pop3Input[] = [{ kind: 'line', line }];
    for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
      const { state, outputs } = stepPop3(this.#state, input);
      this.#state = state;
      for (const output of outputs) {
        const next = await this.#perform(output);
        if (next !== null) inputs.push(next);
      }
    }
  }

  async #perform(output: Pop3Output): Promise<Pop3Input | null> {
    switch (output.kind) {
      case 'reply':
        this.#reply(output.line, output.because);
        return null;
      case 'lines':
        this.#reply(output.line);
        await this.#write(Buffer.from([...output.lines, '.', ''].join('\r\n')));
        return null;
      case 'log-in':
        return this.#logIn(output.user, output.password);
      case 'send-message':
        await this.#sendMessage(output.line, output.uid, output.bodyLines);
        return null;
      case 'remove':
        return this.#remove(output.uids);
      case 'close':
        this.#isOver = true;
        this.#socket.end();
        return null;
    }
  }

  async #logIn(user: string, password: string): Promise<Pop3Input> {
    const account = await this.#parts.logins.check(user, password, this.#client.address);
    if (account === null) return { kind: 'log-in-refused', why: 'credentials' };
    const mailbox = this.#parts.mailboxes.inbox(account);
    const unlock = mailbox.lockMaildrop();
    if (unlock === null) return { kind: 'log-in-refused', why: 'in-use' };
    try {
      const { uidValidity, messages } = await mailbox.messages();
      this.#mailbox = mailbox;
      this.#unlock = unlock;
      const maildrop: MaildropMessage[] = messages.map(({ uid, octets }) => ({
        uid,
        octets,
        uniqueId: `${uidValidity}.${uid}`,
      }));
      return { kind: 'logged-in', maildrop };
    } catch (error) {
      unlock();
      this.#parts.host.log.error(error, `the maildrop of ${account} cannot be opened`);
      return { kind: 'log-in-refused', why: 'system' };
    }
  }

  async #sendMessage(line: string, uid: number, bodyLines: number | null): Promise<void> {
    const message = (await this.#mailbox?.read(uid)) ?? null;
    if (message === null) return this.#reply('-ERR The message is gone', 'another program removed it from the mailbox');
    this.#reply(line);
    const stuffer = new DotStuffer();
    const top = bodyLines === null ? null : new TopFilter(bodyLines);
    for await (const piece of message) {
      await this.#write(stuffer.stuff(top === null ? piece : top.pass(piece)));
      if (top?.isOver || this.#socket.destroyed) break;
    }
    await this.#write(Buffer.from(stuffer.end()));
    // What was fetched has been seen, as other programs on the same mailbox will want to know.
    if (bodyLines !== null) return;
    await this.#mailbox
      ?.setFlags(uid, (flags) => `${flags}S`)
      .catch((error: Error) => this.#parts.host.log.warn(error, 'a message could not be marked as seen'));
  }

  async #remove(uids: readonly number[]): Promise<Pop3Input> {
    try {
      if (uids.length > 0) await this.#mailbox?.expunge(uids);
      return { kind: 'removed', isComplete: true };
    } catch (error) {
      this.#parts.host.log.error(error, 'messages could not be removed');
      return { kind: 'removed', isComplete: false };
    } finally {
      this.#unlock();
    }
  }

  #reply(line: string, because?: string): void {
    const octets = Buffer.from(`${line}\r\n`);
    if (this.#socket.writable) this.#socket.write(octets);
    const { host } = this.#parts;
    host.report(
      pop3ReplyReport({ exchange: this.#exchange, from: this.#here, to: this.#client, line, because }, octets.length),
    );
  }

  /** Waits while the client does not read. */
  async #write(octets: Uint8Array): Promise<void> {
    if (!this.#socket.writable || this.#socket.write(octets)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }
}
