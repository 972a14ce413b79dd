import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Passwords are kept as scrypt makes them (RFC 7914): slow to compute and wide in memory, so that a stolen database does not
 * give them away. N 2^14, r 8, p 5 is one of OWASP's equal choices; it takes 16 MiB and some 150 ms, and a host of the lab has
 * 60 MB.
 */
const COST = { log2N: 14, r: 8, p: 5 } as const;
const SALT_OCTETS = 16;
const HASH_OCTETS = 32;
/** Hashes that are computed at the same time, and that may wait for that. */
const RUNNING_MAX = 1;
const WAITING_MAX = 16;
/** A hash that no password has: who signs in under a name that nobody has waits as long as everybody else. */
const NOBODY = `scrypt$${COST.log2N}$${COST.r}$${COST.p}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

/** More passwords are to be hashed than the shop has memory for. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy';
}

export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws PasswordsBusy */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_OCTETS);
    const hash = await this.#derive(password, salt, COST);
    const { log2N, r, p } = COST;
    return ['scrypt', log2N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
  }

  /** Whether `password` is the one that was hashed; null as hash is nobody's. @throws PasswordsBusy */
  async matches(password: string, kept: string | null): Promise<boolean> {
    const [, log2N, r, p, salt = '', hash = ''] = (kept ?? NOBODY).split('$');
    const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), cost);
    return timingSafeEqual(derived, Buffer.from(hash, 'base64url')) && kept !== null;
  }

  async #derive(password: string, salt: Buffer, { log2N, r, p }: { log2N: number; r: number; p: number }) {
    await this.#turn();
    try {
      // A composed and a decomposed letter are one password (RFC 8265, section 4.2).
      return await scryptAsync(password.normalize('NFC'), salt, { N: 2 ** log2N, r, p });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#running < RUNNING_MAX) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#waiting.length >= WAITING_MAX) throw new PasswordsBusy('too many passwords at once');
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function scryptAsync(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_OCTETS, cost, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
