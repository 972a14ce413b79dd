import type { MaildirFlags } from '../protocol/maildir-name.ts';
import type { ToldDifference } from './mailbox-difference.ts';

/** What happened to a mailbox, for those who watch it. */
export type MailboxChange =
  | { readonly kind: 'arrived'; readonly uid: number; readonly modseq: number }
  /** `by` is who asked for it, as given to `setFlags`. */
  | {
      readonly kind: 'flagged';
      readonly uid: number;
      readonly flags: MaildirFlags;
      readonly modseq: number;
      readonly by?: object;
    }
  | { readonly kind: 'expunged'; readonly uid: number; readonly modseq: number }
  /** The mailbox was deleted; nothing more can be done with it. */
  | { readonly kind: 'deleted' };

/** Those who watch a mailbox. */
export class MailboxWatchers {
  readonly #watchers = new Set<(change: MailboxChange) => void>();

  get isEmpty(): boolean {
    return this.#watchers.size === 0;
  }

  add(watch: (change: MailboxChange) => void): () => void {
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }

  tell(change: MailboxChange): void {
    for (const watch of this.#watchers) watch(change);
  }

  tellDifference({ expunged, flagged, arrived, modseq }: ToldDifference, by?: object): void {
    if (this.isEmpty) return;
    for (const uid of expunged) this.tell({ kind: 'expunged', uid, modseq });
    for (const { uid, flags } of flagged)
      this.tell({ kind: 'flagged', uid, flags, modseq, ...(by === undefined ? {} : { by }) });
    for (const { uid } of arrived) this.tell({ kind: 'arrived', uid, modseq });
  }
}
