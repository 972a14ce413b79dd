import type { Host } from '#shared/host/host.ts';
import { quarantineReport } from '../reports.ts';
import type { BrokenFile } from '../store/quarantine.ts';

/** Files that are told in the state of the program. */
const TOLD_MAX = 50;

/** Tells of everything in the mailboxes that turned out to be no message: in the log, in a report and in the program's state. */
export class QuarantinedFiles {
  readonly #host: Host;
  #files: (BrokenFile & { readonly account: string })[] = [];
  #count = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  note(account: string, broken: BrokenFile): void {
    const { path, movedTo, because } = broken;
    this.#count += 1;
    this.#files = [{ account, ...broken }, ...this.#files].slice(0, TOLD_MAX);
    const where = movedTo === null ? 'it stays where it is and is passed over' : `it lies in ${movedTo} now`;
    this.#host.log.error(`${path} in the mailbox of ${account} is no message: ${because}; ${where}`);
    this.#host.report(quarantineReport(this.#host.newExchange(), account, broken));
  }

  /** What needs a hand: only what could not be moved away. */
  get trouble(): string | null {
    const left = this.#files.find(({ movedTo }) => movedTo === null);
    return left === undefined ? null : `${left.path} is no message and cannot be moved: ${left.because}`;
  }

  get state(): object {
    return { count: this.#count, latest: this.#files };
  }
}
