import { z } from 'zod';
import { wholeNumber } from '#shared/host/config.ts';
import type { MadeFile } from './store/made-file.ts';

/** Largest file that is made, in octets: 1 GiB. */
const MADE_FILE_BYTES_MAX = 1024 * 1024 * 1024;
const RATE_MAX = 1024 * 1024 * 1024;

/** What a peer reads from its environment. */
export const config = z.object({
  /** Where the .torrent file is. */
  TORRENT_URL: z
    .string('give the URL of a .torrent file')
    .refine((text) => URL.parse(text)?.protocol === 'http:', 'give an http:// URL'),
  /** The file that a first seed makes of itself: "lecture.bin:4194304", its name and its octets. Empty for all others. */
  MAKE_FILE: z
    .string()
    .default('')
    .transform((text, context): MadeFile | null => {
      if (text === '') return null;
      const match = /^([\w][\w.-]{0,100}):(\d{1,10})$/.exec(text);
      const length = Number(match?.[2]);
      if (match?.[1] !== undefined && length > 0 && length <= MADE_FILE_BYTES_MAX) return { name: match[1], length };
      context.addIssue({
        code: 'custom',
        message: `give NAME:OCTETS with at most ${MADE_FILE_BYTES_MAX} octets, or nothing`,
      });
      return z.NEVER;
    }),
  /** The port where other peers reach this one. */
  LISTEN_PORT: wholeNumber({ min: 1024, max: 65_535, default: 6881 }),
  /** Neighbours at the same time. */
  MAX_PEERS: wholeNumber({ min: 1, max: 500, default: 50 }),
  /** Neighbours that are uploaded to at the same time: all but one by what they give, one by chance. */
  UPLOAD_SLOTS: wholeNumber({ min: 1, max: 100, default: 4 }),
  /** Limits in octets per second; 0 is no limit. */
  UPLOAD_BYTES_PER_S: wholeNumber({ min: 0, max: RATE_MAX, default: 0 }),
  DOWNLOAD_BYTES_PER_S: wholeNumber({ min: 0, max: RATE_MAX, default: 0 }),
  /** `all` reports every request and block too; `pieces` reports each piece once, with who gave its blocks. */
  REPORT_BLOCKS: z.enum(['all', 'pieces'], 'give all or pieces').default('pieces'),
});

export type Config = z.infer<typeof config>;
