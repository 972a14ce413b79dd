import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUniqueBase } from '../../src/protocol/maildir-name.ts';
import { DiskSpace } from '../../src/store/disk-space.ts';
import { Mailbox } from '../../src/store/mailbox.ts';
import type { BrokenFile } from '../../src/store/quarantine.ts';
import { AccountQuota } from '../../src/store/quota.ts';

/** An account's folder in a temporary place, and mailboxes in it as often as a test opens them. */
export class MailboxKit {
  readonly dir = join(mkdtempSync(join(tmpdir(), 'mailbox-')), 'alice');
  readonly broken: BrokenFile[] = [];
  now = 1_795_146_873_000;
  quotaOctets = 0;
  /** Octets of the disk that new mail leaves free. */
  diskFreeOctetsMin = 0;
  #counter = 0;
  #quota: AccountQuota | null = null;

  /** As after a restart. @param folder of Maildir++, such as `.Sent`; INBOX when it is not given */
  open(folder = ''): Mailbox {
    return new Mailbox(join(this.dir, folder), {
      now: () => this.now,
      newUidValidity: async () => Math.floor(this.now / 1000),
      uniqueBase: () => this.base(),
      quota: this.quota,
      disk: new DiskSpace(join(this.dir, '..'), this.diskFreeOctetsMin),
      fileOctetsMax: 100_000,
      onBroken: (broken) => this.broken.push(broken),
    });
  }

  get quota(): AccountQuota {
    this.#quota ??= new AccountQuota(this.dir, this.quotaOctets);
    return this.#quota;
  }

  base(): string {
    this.#counter += 1;
    return formatUniqueBase({ ms: this.now, microseconds: 0, process: 1, counter: this.#counter, host: 'test' });
  }

  remove(): void {
    rmSync(join(this.dir, '..'), { recursive: true, force: true });
  }
}

export async function* message(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

/** UIDs, flags and mod-sequences. */
export async function statesOf(mailbox: Mailbox): Promise<string[]> {
  const { messages } = await mailbox.messages();
  return messages.map(({ uid, flags, modseq }) => `${uid} ${flags || '-'} ${modseq}`);
}
