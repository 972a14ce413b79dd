import { join } from 'node:path';
import { fileOctetsOf, type MaildirFlags } from '../protocol/maildir-name.ts';
import type { DiskSpace } from './disk-space.ts';
import { linkOrCopy, moveFile } from './link-message.ts';
import type { MailboxIndex } from './mailbox-index.ts';
import { type MaildirFile, makeMaildir, openTemporary, type PreparedMessage, prepareMessage } from './maildir.ts';
import type { AccountQuota, TakenRoom } from './quota.ts';
import { type SharedSync, sharedFolderSync } from './shared-sync.ts';

/** A message that is put into a mailbox. */
export interface NewMessage {
  readonly message: AsyncIterable<Uint8Array>;
  readonly flags?: MaildirFlags;
  readonly arrivedAt?: number;
}

export interface DeliverySurroundings {
  now(): number;
  uniqueBase(): string;
  readonly quota: AccountQuota;
  readonly disk: DiskSpace;
}

/** Puts messages into a Maildir. What is acknowledged lasts; many who wait for that at once share one sync of the folder. */
export class Deliveries {
  readonly #index: MailboxIndex;
  readonly #surroundings: DeliverySurroundings;
  readonly #refuseIfGone: () => void;
  readonly #syncs = new Map<string, SharedSync>();

  /** @param refuseIfGone throws when the mailbox was deleted */
  constructor(index: MailboxIndex, surroundings: DeliverySurroundings, refuseIfGone: () => void) {
    this.#index = index;
    this.#surroundings = surroundings;
    this.#refuseIfGone = refuseIfGone;
  }

  /**
   * Writes messages, and lets them appear when `inTurn` does what it is given: all, or none. What `inTurn` gives, once they last.
   */
  async publish<Result>(
    messages: Iterable<NewMessage> | AsyncIterable<NewMessage>,
    inTurn: (appear: () => Promise<MaildirFile[]>) => Promise<Result>,
  ): Promise<Result> {
    const { quota, disk } = this.#surroundings;
    // Who has no room is not written for.
    await quota.take([]);
    disk.requireRoom();
    const prepared: PreparedMessage[] = [];
    let room: TakenRoom | null = null;
    let lasts: Promise<unknown> = Promise.resolve();
    const appear = async () => {
      const files = prepared.map((message) => message.publish(this.#index.dir));
      room?.filled();
      const folders = new Set(files.map(({ folder }) => folder));
      lasts = Promise.all([...folders].map((folder) => this.#sync(join(this.#index.dir, folder))));
      // It is awaited below, also when something else fails before.
      lasts.catch(() => {});
      return files;
    };
    try {
      for await (const { message, flags = '', arrivedAt = this.#surroundings.now() } of messages) {
        const options = { base: this.#surroundings.uniqueBase(), flags, arrivedAt };
        const file = await this.#inMaildir(async (dir) => openTemporary(dir, options.base));
        prepared.push(await prepareMessage(this.#index.dir, file, message, options));
      }
      // What was written counts already. A message of the queue, which was acknowledged, may take the rest: see `link`.
      disk.requireRoom();
      room = await quota.take(prepared.map(({ fileOctets }) => fileOctets));
      const result = await inTurn(appear);
      await lasts;
      return result;
    } catch (error) {
      for (const message of prepared) message.discard();
      room?.giveBack();
      throw error;
    }
  }

  /** Lets a file appear in `new` that is a whole message and lasts. Doing it again does nothing. True when it was moved. */
  async link(path: string, base: string, moves: boolean): Promise<boolean> {
    const room = await this.#surroundings.quota.take([fileOctetsOf(base) ?? 0]);
    let isMoved = false;
    try {
      isMoved = await this.#inMaildir(async (dir) => moves && moveFile(path, `${dir}/new/${base}`));
      const isNew =
        isMoved || (await this.#inMaildir((dir) => linkOrCopy(path, `${dir}/new/${base}`, `${dir}/tmp/${base}`)));
      if (isNew) room.filled();
      else room.giveBack();
    } catch (error) {
      room.giveBack();
      throw error;
    }
    await this.#sync(join(this.#index.dir, 'new'));
    return isMoved;
  }

  /** Does what makes a name in the Maildir; once more when a folder of it was missing. */
  async #inMaildir<Result>(work: (dir: string) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#index.dir);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#refuseIfGone();
      await makeMaildir(this.#index.dir);
      return work(this.#index.dir);
    }
  }

  #sync(folder: string): Promise<void> {
    const sync = this.#syncs.get(folder) ?? sharedFolderSync(folder);
    this.#syncs.set(folder, sync);
    return sync.wait();
  }
}
