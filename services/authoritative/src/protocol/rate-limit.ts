/**
 * Response rate limiting, as NSD and BIND have it: how many answers of one kind go to one network in a second. Who forges
 * the address of a victim gets no more out of the server than that (RFC 5358 has the attack); the victim itself, if it
 * really asks, gets a truncated answer now and then, and asks again over TCP, where an address cannot be forged.
 *
 * Each network (the first 24 bits of the address) has an account for each kind of answer, which fills by the rate and holds
 * one second's worth.
 */

/** Accounts of one generation; when there are more, a new one begins, and what is not used again goes with the next. */
const ACCOUNTS_MAX = 10_000;
const MS_PER_S = 1_000;

export interface RateLimits {
  /** Answers of one kind to one network in a second; 0 is no limit. */
  readonly perS: number;
  /** Of the answers over the limit every so manieth goes truncated, the others not at all; 0: none goes. */
  readonly slip: number;
}

/** Send the answer; send a truncated one without records, so that who really asks comes over TCP; send nothing. */
export type RateVerdict = 'send' | 'slip' | 'drop';

interface Account {
  left: number;
  at: number;
  /** Answers over the limit since the last one that was within. */
  over: number;
}

export class RateLimiter {
  readonly #limits: RateLimits;
  #young = new Map<string, Account>();
  #old = new Map<string, Account>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Takes one answer of `kind` to `address` from its account. `now` is in milliseconds. */
  judge(address: string, kind: string, now: number): RateVerdict {
    const { perS, slip } = this.#limits;
    if (perS === 0) return 'send';
    const account = this.#accountOf(`${networkOf(address)} ${kind}`, now);
    account.left = Math.min(perS, account.left + ((now - account.at) * perS) / MS_PER_S);
    account.at = now;
    if (account.left >= 1) {
      account.left -= 1;
      account.over = 0;
      return 'send';
    }
    account.over += 1;
    return slip > 0 && account.over % slip === 0 ? 'slip' : 'drop';
  }

  #accountOf(key: string, now: number): Account {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const account = this.#old.get(key) ?? { left: this.#limits.perS, at: now, over: 0 };
    if (this.#young.size >= ACCOUNTS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, account);
    return account;
  }
}

/** The first three octets of an IPv4 address. */
function networkOf(address: string): string {
  return address.slice(0, address.lastIndexOf('.'));
}
