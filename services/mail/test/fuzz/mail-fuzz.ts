/**
 * Hostile clients at every way into a mail server. Each ends in step or with a closed connection; what was acknowledged
 * is stored, once in each mailbox, and nothing else is: a message that the server has and never acknowledged was smuggled.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '#shared/http/test/fuzz/random.ts';
import { CANARY, flyCanary } from './canary.ts';
import { converse } from './conversation.ts';
import { ACCOUNTS } from './dialogues.ts';
import { type FuzzCase, fuzzCase } from './fuzz-case.ts';
import { acknowledged } from './judge-answers.ts';
import { emptyMailboxes, queueFiles, storedMessages, storedText } from './stored.ts';

const CASES_BETWEEN_CANARIES = 100;
/** Addresses that connections are made from in turn: the ports of one are soon all waiting. */
const NEIGHBOURS = 250;
/** Findings after which a run ends: more would say the same. */
const FINDINGS_MAX = 100;
/** How long what was acknowledged may be on its way to a mailbox, in milliseconds. */
const DELIVERY_MS_MAX = 120_000;
const LOOK_MS = 100;

/** Something that must not be. */
export interface Finding {
  readonly kind: string;
  readonly because: string;
  readonly seed: number | null;
  readonly heard: string;
}

export interface FuzzedServer {
  readonly address: string;
  /** Where it keeps mailboxes and queue. */
  readonly stateDir: string;
  /** An address of the net that clients come from. */
  readonly from: string;
}

const BOXES: readonly string[] = Array.from({ length: ACCOUNTS }, (_, at) => `box${at}`);
export const USERS: readonly string[] = Array.from({ length: ACCOUNTS }, (_, at) => `user${at}`);

export class MailFuzz {
  readonly #server: FuzzedServer;
  readonly findings: Finding[] = [];
  readonly #acknowledged = new Map<string, number>();
  /** Cases that went away before they had heard all, and their addresses. */
  readonly #left = new Set<number>();
  readonly #leftFrom = new Set<string>();
  readonly #waitingFor = { canary: false };
  cases = 0;
  canaries = 0;
  messages = 0;
  octets = 0;

  constructor(server: FuzzedServer) {
    this.#server = server;
  }

  /** Runs so many cases at so many at once, or until `deadline`. @throws Error when a canary is not served */
  async run(cases: number, lanes: number, seed: number, deadline: number): Promise<void> {
    const random = new Random(seed);
    let left = cases;
    const lane = async () => {
      while (left > 0 && this.findings.length < FINDINGS_MAX && performance.now() < deadline) {
        left -= 1;
        if (left % CASES_BETWEEN_CANARIES === 0) await this.#canary();
        await this.replay(random.below(0x1_0000_0000));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    await this.compareWithStored();
    emptyMailboxes(this.#server.stateDir, [...BOXES, ...USERS]);
  }

  /** Runs the case of one seed, and gives what it was and what was heard. */
  async replay(seed: number): Promise<{ one: FuzzCase; heard: string }> {
    const one = fuzzCase(seed);
    this.cases += 1;
    const neighbour = this.#neighbour();
    const { heard, hasLeft, fault } = await converse(one, this.#server.address, neighbour);
    this.octets += heard.length;
    if (hasLeft) {
      this.#left.add(seed);
      this.#leftFrom.add(neighbour);
    }
    if (one.door.protocol === 'smtp') {
      for (const id of acknowledged(heard)) this.#acknowledged.set(id, seed);
    }
    if (fault !== null) this.findings.push({ ...fault, seed, heard });
    return { one, heard };
  }

  #neighbour(): string {
    const { from } = this.#server;
    return `${from.slice(0, from.lastIndexOf('.'))}.${1 + (this.cases % NEIGHBOURS)}`;
  }

  /** One at a time: all use the same mailbox. */
  async #canary(): Promise<void> {
    if (this.#waitingFor.canary) return;
    this.#waitingFor.canary = true;
    this.canaries += 1;
    await flyCanary(this.#server.address, this.#server.from, `number ${this.canaries}.`);
    this.#waitingFor.canary = false;
  }

  /** What was acknowledged is in a mailbox, came back, or waits in the queue for another server; nothing else is there. */
  async compareWithStored(): Promise<void> {
    const { stateDir } = this.#server;
    const deadline = performance.now() + DELIVERY_MS_MAX;
    while (this.#onTheWay().length > 0 && performance.now() < deadline) await pause(LOOK_MS);
    for (const [id, seed] of this.#onTheWay())
      this.#find('lost message', `${id} was acknowledged and is nowhere`, seed);
    const copies = new Set<string>();
    for (const { id, account, seed, client } of storedMessages(stateDir, BOXES)) {
      // A client may have said another name than its seed.
      const mayHaveLeft = seed === null ? this.#leftFrom.has(client ?? '') : this.#left.has(seed);
      const isKnown = this.#acknowledged.has(id) || mayHaveLeft;
      if (!isKnown)
        this.#find('smuggled message', `${id} is in the mailbox of ${account} and was never acknowledged`, seed);
      if (copies.has(`${account} ${id}`))
        this.#find('second copy', `${id} is twice in the mailbox of ${account}`, seed);
      copies.add(`${account} ${id}`);
    }
    this.messages += this.#acknowledged.size;
    this.#acknowledged.clear();
    this.#left.clear();
    this.#leftFrom.clear();
  }

  /** What was acknowledged and is neither stored nor in the queue, by the seed of its client. */
  #onTheWay(): (readonly [id: string, seed: number])[] {
    const { stateDir } = this.#server;
    const queued = queueFiles(stateDir).join('\n');
    const known = new Set(storedMessages(stateDir, BOXES).map(({ id }) => id));
    const missing = [...this.#acknowledged].filter(([id]) => !known.has(id) && !queued.includes(id));
    if (missing.length === 0) return [];
    const reported = storedText(stateDir, BOXES);
    return missing.filter(([id]) => !reported.includes(id));
  }

  #find(kind: string, because: string, seed: number | null): void {
    this.findings.push({ kind, because, seed, heard: '' });
  }
}

/** All accounts that the server is to have. */
export const FUZZED_ACCOUNTS: readonly string[] = [...BOXES, ...USERS, CANARY];
