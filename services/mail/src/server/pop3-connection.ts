import type { Socket } from 'node:net';
import type { Host } from '#shared/host/host.ts';
import { formatPop3Fault } from '../protocol/fault-reply.ts';
import type { FaultStage } from '../protocol/fault-stages.ts';
import { parsePop3Command } from '../protocol/pop3-command.ts';
import { expectsSaslResponse, lineOctetsMax, startPop3, stepPop3 } from '../protocol/pop3-session.ts';
import type { Pop3Input, Pop3Output, Pop3Privacy, Pop3State } from '../protocol/pop3-step.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Faults } from './faults.ts';
import type { Logins } from './logins.ts';
import { LockedMaildrop } from './pop3-maildrop.ts';
import { sendMessage } from './pop3-retrieval.ts';
import { Pop3Wire } from './pop3-wire.ts';
import type { TlsUpgrade } from './upgrade-to-tls.ts';

export interface Pop3Parts {
  readonly host: Host;
  readonly logins: Logins;
  readonly mailboxes: MailStore;
  readonly mailHost: string;
  readonly faults: Faults;
}

export interface Pop3Options {
  /** How long a client may be silent, in milliseconds. */
  readonly idleMs: number;
  readonly privacy: Pop3Privacy;
}

/** A session as a student may see it. */
export interface Pop3SessionState {
  /** `10.53.100.1:40000` */
  readonly client: string;
  readonly account: string | null;
  readonly phase: Pop3State['kind'];
}

/** One POP3 connection: reads a line, asks the session's machine, and performs what it asks for, one command after the other. */
export class Pop3Connection {
  readonly #parts: Pop3Parts;
  readonly #wire: Pop3Wire;
  readonly #tls: TlsUpgrade;
  #state: Pop3State;
  #account: string | null = null;
  #maildrop: LockedMaildrop | null = null;
  #isOver = false;

  constructor(parts: Pop3Parts, socket: Socket, tls: TlsUpgrade, { idleMs, privacy }: Pop3Options) {
    this.#parts = parts;
    this.#tls = tls;
    this.#wire = new Pop3Wire(parts.host, socket, idleMs);
    this.#state = startPop3(privacy);
  }

  get shown(): Pop3SessionState {
    const { address, port } = this.#wire.client;
    return { client: `${address}:${port}`, account: this.#account, phase: this.#state.kind };
  }

  /** Resolves when the session is over and its maildrop is free. */
  async run(): Promise<void> {
    try {
      if (!(await this.#meetFault('pop3-connect'))) {
        this.#wire.reply(`+OK ${this.#parts.mailHost} Topdown POP3 server ready`);
      }
      while (!this.#isOver) await this.#obeyNext();
    } catch (error) {
      this.#parts.host.log.warn(error, 'a POP3 session failed');
    } finally {
      await this.#maildrop?.close();
      this.#wire.hangUp();
    }
  }

  async #obeyNext(): Promise<void> {
    const octetsMax = lineOctetsMax(this.#state);
    const octets = await this.#wire.next(octetsMax);
    if (octets === null) {
      this.#isOver = true;
      return;
    }
    if (octets === 'too-long') {
      const because = `a command has ${octetsMax} octets at most (RFC 2449, section 4)`;
      this.#wire.reply('-ERR The command is too long', because);
      this.#isOver = true;
      return;
    }
    const line = octets.toString('utf8');
    this.#wire.command(line, expectsSaslResponse(this.#state));
    if (!(await this.#meetCommandFault(line))) await this.#step({ kind: 'line', line });
  }

  async #step(first: Pop3Input): Promise<void> {
    const inputs = [first];
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
        this.#wire.reply(output.line, output.because);
        return null;
      case 'lines':
        this.#wire.reply(output.line);
        await this.#wire.write(Buffer.from([...output.lines, '.', ''].join('\r\n')));
        return null;
      case 'begin-tls':
        this.#isOver = !(await this.#wire.beginTls(this.#tls, output.line));
        return null;
      case 'log-in':
        return this.#logIn(output.user, output.password);
      case 'send-message':
        if (this.#maildrop !== null) await sendMessage(this.#wire, this.#maildrop, output, this.#parts.host.log);
        return null;
      case 'remove':
        return this.#remove(output.uids);
      case 'close':
        this.#isOver = true;
        return null;
    }
  }

  async #logIn(user: string, password: string): Promise<Pop3Input | null> {
    if (await this.#meetFault('pop3-login', { account: this.#parts.logins.accountNamed(user) })) return null;
    const account = await this.#parts.logins.check(user, password, this.#wire.client.address);
    if (account === null) return { kind: 'log-in-refused', why: 'credentials' };
    try {
      this.#maildrop = await LockedMaildrop.open(this.#parts.mailboxes, account, this.#parts.host.log);
    } catch (error) {
      this.#parts.host.log.error(error, `the maildrop of ${account} cannot be opened`);
      return { kind: 'log-in-refused', why: 'system' };
    }
    if (this.#maildrop === null) return { kind: 'log-in-refused', why: 'in-use' };
    this.#account = account;
    return { kind: 'logged-in', messages: this.#maildrop.messages };
  }

  async #remove(uids: readonly number[]): Promise<Pop3Input> {
    try {
      await this.#maildrop?.remove(uids);
      return { kind: 'removed', isComplete: true };
    } catch (error) {
      this.#parts.host.log.error(error, 'messages could not be removed');
      return { kind: 'removed', isComplete: false };
    } finally {
      // Whoever has read our goodbye may open the maildrop at once.
      await this.#maildrop?.close();
    }
  }

  /** A fault on purpose at a command of the transaction state. */
  async #meetCommandFault(line: string): Promise<boolean> {
    if (this.#account === null || this.#parts.faults.isIdleAt('pop3-command')) return false;
    const command = parsePop3Command(line).keyword;
    return this.#meetFault('pop3-command', { account: this.#account, command });
  }

  /** True when a fault on purpose took the place of what was to be done. */
  async #meetFault(stage: FaultStage, facts: { account?: string; command?: string } = {}): Promise<boolean> {
    const { faults } = this.#parts;
    if (faults.isIdleAt(stage)) return false;
    const { exchange, gone, client } = this.#wire;
    const fault = await faults.meet(stage, { client: client.address, ...facts }, { exchange, gone });
    if (fault === null) return false;
    if (fault.kind === 'reply') {
      this.#wire.reply(formatPop3Fault(fault.reply), `the rule "${fault.rule}" was set for this stage`);
      // In place of the greeting it is the last word too.
      if (stage === 'pop3-connect') this.#isOver = true;
      return true;
    }
    this.#wire.breakAfter(fault.afterOctets);
    this.#isOver = fault.afterOctets === 0;
    // With octets left, the command is obeyed until they are used up.
    return this.#isOver;
  }
}
