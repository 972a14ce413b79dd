import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { LabClock } from '#shared/host/clock.ts';
import { SentForms } from './webmail/sent-forms.ts';

/** A user who logged in with a browser. */
export interface WebSession {
  readonly account: string;
  /** Stands in every form of the session: a page of elsewhere cannot know it (CSRF). */
  readonly formToken: string;
  /** Name and secret under which frames without our origin, which send no cookie, ask for the pictures of a message. */
  readonly pictureName: string;
  readonly pictureSecret: string;
  readonly sentForms: SentForms;
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
    const id = secret();
    this.#sessions.set(id, {
      account,
      formToken: secret(),
      pictureName: secret(),
      pictureSecret: secret(),
      sentForms: new SentForms(),
      lastSeenAt: this.#clock.now(),
    });
    return id;
  }

  find(id: string): WebSession | null {
    const session = this.#sessions.get(id);
    if (session === undefined) return null;
    const now = this.#clock.now();
    this.#sessions.delete(id);
    if (now - session.lastSeenAt > this.#silenceMs) return null;
    session.lastSeenAt = now;
    this.#sessions.set(id, session);
    return session;
  }

  /** For a picture: this is no sign that the user is still there. */
  findByPictureName(name: string): WebSession | null {
    for (const session of this.#sessions.values()) {
      const isOver = this.#clock.now() - session.lastSeenAt > this.#silenceMs;
      if (session.pictureName === name && !isOver) return session;
    }
    return null;
  }

  close(id: string): void {
    this.#sessions.delete(id);
  }
}

function secret(): string {
  return randomBytes(SECRET_OCTETS).toString('base64url');
}

/** Whether a form carries the token of the session it came in. */
export function hasToken(session: WebSession, given: string): boolean {
  const [one, other] = [Buffer.from(session.formToken), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
