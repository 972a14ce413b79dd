import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { LabClock } from '#shared/host/clock.ts';

/** A user who logged in with a browser. */
export interface WebSession {
  readonly account: string;
  /** Stands in every form of the session: a page of elsewhere cannot know it (CSRF). */
  readonly formToken: string;
  lastSeenAt: number;
}

/** Sessions at once; the one that was silent longest goes first. */
const SESSIONS_MAX = 1_000;
/** Octets of randomness of a session's id and of its form token: nobody guesses them. */
const SECRET_OCTETS = 32;

/** The sessions of the webmail, in memory: who was logged in logs in again after a restart. */
export class WebSessions {
  readonly #sessions = new Map<string, WebSession>();
  readonly #clock: LabClock;
  readonly #silenceMs: number;

  constructor(clock: LabClock, silenceMs: number) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Opens a session under an id that was never used, whatever the browser sent (session fixation). */
  open(account: string): string {
    if (this.#sessions.size >= SESSIONS_MAX) this.#sessions.delete(this.#sessions.keys().next().value ?? '');
    const id = randomBytes(SECRET_OCTETS).toString('base64url');
    this.#sessions.set(id, {
      account,
      formToken: randomBytes(SECRET_OCTETS).toString('base64url'),
      lastSeenAt: this.#clock.now(),
    });
    return id;
  }

  find(id: string | undefined): WebSession | null {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (id === undefined || session === undefined) return null;
    const now = this.#clock.now();
    this.#sessions.delete(id);
    if (now - session.lastSeenAt > this.#silenceMs) return null;
    session.lastSeenAt = now;
    this.#sessions.set(id, session);
    return session;
  }

  close(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id);
  }
}

/** Whether a form carries the token of the session it came in. */
export function hasToken(session: WebSession, given: string): boolean {
  const [one, other] = [Buffer.from(session.formToken), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
