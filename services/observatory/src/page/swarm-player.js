/**
 * Which moment is shown: the present as it goes on, a moment that somebody chose, or a round that runs again at a pace at which it
 * can be followed. Times are those of the reports; the clock of this machine only measures how much has passed. Knows nothing of
 * the document.
 */

/** How long a round takes when it is shown again, in milliseconds, however long it took. */
const REPLAY_MS = 20_000;
/** How long the end is shown before a replay is over, in milliseconds. */
const TAIL_MS = 300;

/** @typedef {{ from: number, to: number }} Span */

export class SwarmPlayer {
  /** @type {'live' | 'still' | 'replay'} */
  mode = 'live';
  #at = 0;
  /** The last thing that was reported, and when this machine heard of it. */
  #last = { at: 0, heard: 0 };
  /** @type {{ span: Span, begun: number, pace: number } | null} */
  #replay = null;

  /** Something was reported that happened at `at`. @param {number} at @param {number} now */
  heard(at, now) {
    if (at >= this.#last.at) this.#last = { at, heard: now };
  }

  /** The present, in the time of the reports. @param {number} now */
  present(now) {
    return this.#last.at === 0 ? 0 : this.#last.at + (now - this.#last.heard);
  }

  /** The moment to show. @param {number} now */
  at(now) {
    if (this.mode === 'live') return this.present(now);
    if (this.#replay === null) return this.#at;
    const { span, begun, pace } = this.#replay;
    this.#at = Math.min(span.to, span.from + (now - begun) * pace);
    if (this.#at >= span.to) this.#stop();
    return this.#at;
  }

  /** How many times slower than it was the replay runs; less than 1 is faster. */
  get slowness() {
    return this.#replay === null ? 1 : 1 / this.#replay.pace;
  }

  live() {
    this.#replay = null;
    this.mode = 'live';
  }

  /** @param {number} at */
  seek(at) {
    this.#stop();
    this.#at = at;
  }

  /** Shows a span again, from where it is shown now or from its beginning. @param {Span} span @param {number} now */
  play(span, now) {
    const length = span.to - span.from;
    const isInside = this.mode === 'still' && this.#at >= span.from && this.#at < span.to - length / 100;
    const from = isInside ? this.#at : span.from;
    const pace = (length + TAIL_MS) / REPLAY_MS;
    this.#replay = { span: { from, to: span.to + TAIL_MS }, begun: now, pace };
    this.#at = from;
    this.mode = 'replay';
  }

  #stop() {
    this.#replay = null;
    this.mode = 'still';
  }
}
