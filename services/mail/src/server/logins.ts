import { createHash, timingSafeEqual } from 'node:crypto';
import type { LabClock } from '#shared/host/clock.ts';
import { LoginDelays } from '../protocol/login-delay.ts';
import { isOwnDomain, type MailDirectory } from '../protocol/mail-directory.ts';

/** Stands in for the password of a user who does not exist, so that the comparison takes the same time. */
const NOBODYS_PASSWORD = '\0';

/** Characters of a name by which failures are counted: no account has so many, and a guesser may send thousands. */
const NAME_KEPT_MAX = 100;

/** Who may log in: the one place for SMTP, POP3 and the webmail, so that their failures count together. */
export class Logins {
  readonly #directory: MailDirectory;
  readonly #clock: LabClock;
  readonly #delays: LoginDelays;
  readonly #waiting = new Map<NodeJS.Timeout, () => void>();
  #isClosed = false;

  constructor(directory: MailDirectory, clock: LabClock, firstDelayMs: number) {
    this.#directory = directory;
    this.#clock = clock;
    this.#delays = new LoginDelays(firstDelayMs);
  }

  /** The account that name and password belong to; null, after a delay that grows, when they belong to none. */
  async check(name: string, password: string, clientAddress: string): Promise<string | null> {
    const account = this.accountNamed(name);
    const key = `${account.slice(0, NAME_KEPT_MAX)} ${clientAddress}`;
    const expected = this.#directory.accounts.get(account)?.password ?? NOBODYS_PASSWORD;
    const isRight = isSameText(password, expected) && this.#directory.accounts.has(account);
    if (isRight && !this.#delays.isLocked(key, this.#clock.now())) {
      this.#delays.succeeded(key);
      return account;
    }
    await this.#wait(this.#delays.failed(key, this.#clock.now()));
    return null;
  }

  /** Answers everybody who waits, and lets nobody wait any more: a client may have sent its next password already. */
  close(): void {
    this.#isClosed = true;
    for (const [timer, resolve] of this.#waiting) {
      clearTimeout(timer);
      resolve();
    }
    this.#waiting.clear();
  }

  /** The account that a name means, whether it exists or not: `alice@crepes.fr` is for people whose program asks for an address. */
  accountNamed(name: string): string {
    const at = name.lastIndexOf('@');
    const isOwn = at !== -1 && isOwnDomain(name.slice(at + 1).toLowerCase(), this.#directory);
    return (isOwn ? name.slice(0, at) : name).toLowerCase();
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        resolve();
      }, delayMs);
      this.#waiting.set(timer, resolve);
    });
  }
}

/** Compares in a time that tells nothing about where the texts differ. */
function isSameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
