/** Shows on a terminal how far something is, in one line that is drawn again and again; elsewhere in a line now and then. */

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What stands behind the bar. */
  readonly words: readonly string[];
}

const BAR_CELLS = 24;
const COLUMNS_DEFAULT = 80;
/** Where there is no terminal: a line each time that so many per cent more are done. */
const STEP_PERCENT = 10;
/** Time between two drawings, in milliseconds. */
const DRAW_MS = 100;
const CLEAR_LINE = '\r\x1b[K';

/** Where lines are drawn: what a terminal's stream tells of itself. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #screen: Screen;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #step = -1;
  #isDirty = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  draw(progress: Progress): void {
    if (this.#screen.isTTY !== true) {
      const step = Math.floor(percentOf(progress) / STEP_PERCENT);
      if (step === this.#step) return;
      this.#step = step;
      this.#screen.write(`${formatProgress(progress, Number.POSITIVE_INFINITY)}\n`);
      return;
    }
    const now = performance.now();
    if (now - this.#drawnAt < DRAW_MS) return;
    this.#drawnAt = now;
    this.#isDirty = true;
    this.#screen.write(`${CLEAR_LINE}${formatProgress(progress, this.#screen.columns ?? COLUMNS_DEFAULT)}`);
  }

  /** Takes the line away, so that a sentence can stand in its place. */
  clear(): void {
    if (this.#isDirty) this.#screen.write(CLEAR_LINE);
    this.#isDirty = false;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}

/** A bar, per cent, and as many words as fit. */
export function formatProgress(progress: Progress, columns: number): string {
  const percent = percentOf(progress);
  const full = Math.floor((percent * BAR_CELLS) / 100);
  let text = `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${String(percent).padStart(3)} %`;
  for (const word of progress.words) {
    if (text.length + word.length + 2 >= columns) break;
    text += `  ${word}`;
  }
  return text;
}

/** Never 100 before everything is done. */
function percentOf({ done, total }: Progress): number {
  return total === 0 ? 0 : Math.floor((Math.min(done, total) * 100) / total);
}

/** 1536 as "1.5 KiB". */
export function formatOctets(octets: number): string {
  const units = ['octets', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = octets;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** 95 as "1 min 35 s". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
