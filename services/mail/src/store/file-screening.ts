import { deliveredAt, fileOctetsOf } from '../protocol/maildir-name.ts';
import type { MaildirFile } from './maildir.ts';
import { faultOf, isUnreadable, measureMessage } from './message-file.ts';
import type { Quarantine } from './quarantine.ts';
import { Slices } from './slices.ts';

/** A file that may be a message, with its size with CRLF line ends. */
export interface ScreenedFile {
  readonly file: MaildirFile;
  readonly crlfOctets: number;
}

/** Tells files that are messages from what else lies in a Maildir. What is none is put aside. */
export class FileScreening {
  readonly #quarantine: Quarantine;
  readonly #fileOctetsMax: number;

  constructor(quarantine: Quarantine, fileOctetsMax: number) {
    this.#quarantine = quarantine;
    this.#fileOctetsMax = fileOctetsMax;
  }

  /** In the order in which they were delivered: by the time in their names, then by the names. */
  async screen(dir: string, files: readonly MaildirFile[]): Promise<ScreenedFile[]> {
    const dated = files.map((file) => ({ file, at: deliveredAt(file.base) }));
    dated.sort((one, other) => one.at - other.at || (one.file.base < other.file.base ? -1 : 1));
    const screened: ScreenedFile[] = [];
    const slices = new Slices();
    for (const { file } of dated) {
      if (slices.isOver) await slices.rest();
      const crlfOctets = await this.measure(dir, file);
      if (crlfOctets !== null) screened.push({ file, crlfOctets });
    }
    return screened;
  }

  /** Null for what is gone, and for what is no message. */
  async measure(dir: string, { folder, file, crlfOctets }: MaildirFile): Promise<number | null> {
    if (this.#quarantine.has(folder, file)) return null;
    // A file whose name tells both sizes is believed until it is opened.
    const hasSizes = crlfOctets !== null && (fileOctetsOf(file) ?? this.#fileOctetsMax + 1) <= this.#fileOctetsMax;
    if (hasSizes) return crlfOctets;
    const path = `${dir}/${folder}/${file}`;
    try {
      const fault = faultOf(path, this.#fileOctetsMax);
      if (fault === null) return await measureMessage(path);
      await this.#quarantine.take(dir, folder, file, fault);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      if (!isUnreadable(error)) throw error;
      await this.#quarantine.take(dir, folder, file, `it cannot be read (${(error as Error).message})`);
    }
    return null;
  }
}
