import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { MailStore } from '../../src/store/mail-store.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';

const CHILD = new URL('children/change-mailboxes.ts', import.meta.url).pathname;
/** How often the process is killed; more in a long run by hand. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 6);
/** Letters of one round have numbers of their own. */
const LETTERS_PER_ROUND = 1_000_000;

/** Everything that anybody was told about the two mailboxes, over all rounds. */
class ToldFacts {
  /** Which letter a UID is. */
  readonly #letters = new Map<string, string>();
  /** Which state a mod-sequence told of a UID. */
  readonly #states = new Map<string, string>();
  readonly #expunged = new Set<string>();
  readonly #highest = new Map<string, number>();
  /** What somebody knows who has gone: UIDs that were there at a mod-sequence. */
  readonly #copies: { readonly mailbox: string; readonly modseq: number; readonly uids: readonly number[] }[] = [];

  letter(mailbox: string, uid: number, subject: string): void {
    const key = `${mailbox} ${uid}`;
    expect(this.#letters.get(key) ?? subject, `${key} was another letter before`).toBe(subject);
    expect(this.#expunged.has(key), `${key} was expunged`).toBe(false);
    this.#letters.set(key, subject);
  }

  state(mailbox: string, uid: number, modseq: number, flags: string): void {
    const key = `${mailbox} ${uid} ${modseq}`;
    expect(this.#states.get(key) ?? flags, `${key} was told with other flags`).toBe(flags);
    this.#states.set(key, flags);
    this.#highest.set(mailbox, Math.max(modseq, this.#highest.get(mailbox) ?? 0));
  }

  expunged(mailbox: string, uid: number): void {
    this.#expunged.add(`${mailbox} ${uid}`);
  }

  isExpunged(mailbox: string, uid: number): boolean {
    return this.#expunged.has(`${mailbox} ${uid}`);
  }

  copy(mailbox: string, modseq: number, uids: readonly number[]): void {
    this.#copies.push({ mailbox, modseq, uids });
  }

  /** Whoever comes back learns which of his messages are gone, and of none that is there (RFC 7162, section 3.2.6). */
  async resynchronize(name: string, mailbox: Mailbox): Promise<void> {
    const present = new Set((await mailbox.messages()).messages.map(({ uid }) => uid));
    for (const { modseq, uids } of this.#copies.filter((copy) => copy.mailbox === name)) {
      const gone = await mailbox.expungedSince(modseq, [[1, null]]);
      const isTold = (uid: number) => gone.some(([from, to]) => from <= uid && uid <= to);
      expect(
        uids.filter((uid) => isTold(uid) === present.has(uid)),
        `${name} since ${modseq}`,
      ).toEqual([]);
    }
  }

  highest(mailbox: string): number {
    return this.#highest.get(mailbox) ?? 0;
  }
}

/** Lets the process work for a while, kills it, and gives the whole lines that it has written. */
async function runAndKill(root: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, root, String(round * LETTERS_PER_ROUND)]);
  let output = '';
  let faults = '';
  child.stderr.on('data', (octets: Buffer) => {
    faults += octets.toString();
  });
  const isOver = new Promise((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.on('exit', () => reject(new Error(`The process ended by itself: ${faults}`)));
    child.stdout.on('data', (octets: Buffer) => {
      output += octets.toString();
      // At another moment in each round.
      if (output.split('\n').length > 40 + ((round * 37) % 200)) resolve();
    });
  });
  child.removeAllListeners('exit');
  child.kill('SIGKILL');
  await isOver;
  return output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
}

test(
  'whenever the process is killed: no UID and no mod-sequence is told again for something else, nothing acknowledged is lost or there twice, who comes back learns what is gone',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'crash-'));
    const told = new ToldFacts();
    const acknowledged = new Set<string>();
    /** Letters that were to be removed when the process was killed, or were removed. */
    const doomed = new Set<string>();
    const gone = new Set<string>();
    try {
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const line of await runAndKill(root, round)) {
          const [what, mailbox = '', uid, modseq, more = ''] = line.split(' ');
          if (what === 'put') acknowledged.add(mailbox);
          if (what === 'doomed') doomed.add(mailbox);
          if (what === 'arrived') told.letter(mailbox, Number(uid), more);
          if (what === 'arrived') told.copy(mailbox, Number(modseq), [Number(uid)]);
          if (what === 'flagged') told.state(mailbox, Number(uid), Number(modseq), more === '-' ? '' : more);
          if (what === 'expunged') told.expunged(mailbox, Number(uid));
        }
        const there = await lookAt(root, told);
        expect(new Set(there).size, `a letter is there twice after round ${round}`).toBe(there.length);
        const missing = [...acknowledged].filter((letter) => !there.includes(letter));
        expect(
          missing.filter((letter) => !doomed.has(letter)),
          `lost after round ${round}`,
        ).toEqual([]);
        expect(
          there.filter((letter) => gone.has(letter)),
          'what is gone stays gone',
        ).toEqual([]);
        for (const letter of missing) gone.add(letter);
        for (const folder of ['', '.Trash']) expect(existsSync(join(root, 'alice', folder, 'quarantine'))).toBe(false);
      }
      expect(acknowledged.size).toBeGreaterThan(ROUNDS);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  120_000 + ROUNDS * 30_000,
);

/** What another process finds there; it is told to somebody too. The letters that are there. */
async function lookAt(root: string, told: ToldFacts): Promise<string[]> {
  const store = new MailStore(root, new LabClock(() => Date.now()), 'mail.test');
  await store.open(['alice']);
  const letters: string[] = [];
  for (const name of ['INBOX', 'Trash']) {
    const mailbox = (await store.folders('alice').mailbox(name))!;
    const { messages, highestModseq } = await mailbox.messages();
    expect(highestModseq).toBeGreaterThanOrEqual(told.highest(name));
    await told.resynchronize(name, mailbox);
    const uids = messages.map(({ uid }) => uid);
    told.copy(name, highestModseq, uids);
    const facts = await mailbox.facts(uids);
    for (const [index, { uid, modseq, flags }] of messages.entries()) {
      expect(told.isExpunged(name, uid), `${name} ${uid} was expunged`).toBe(false);
      told.letter(name, uid, facts[index]!.subject);
      told.state(name, uid, modseq, flags);
      expect(modseq).toBeLessThanOrEqual(highestModseq);
      letters.push(facts[index]!.subject);
    }
    const dir = name === 'INBOX' ? join(root, 'alice') : join(root, 'alice', '.Trash');
    for (const folder of ['new', 'cur'])
      for (const file of readdirSync(join(dir, folder)))
        expect(readFileSync(join(dir, folder, file), 'utf8')).toMatch(/^Subject: \d+\n\n$/);
  }
  return letters;
}
