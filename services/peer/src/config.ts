import { z } from 'zod';
import { wholeNumber, yesOrNo } from '#shared/host/config.ts';
import { CHOKE_POLICIES, PICK_POLICIES, POLICY_START, SEED_POLICIES } from './protocol/policy.ts';
import { ROLE_NAMES } from './protocol/role.ts';
import { parseSource, type TorrentSource } from './server/torrent-source.ts';
import { MADE_OCTETS_MAX, type MadeFile, parseMadeFile } from './store/made-file.ts';

export const UPLOAD_SLOTS_MAX = 100;
/** Octets per second, at most: 1 GiB. */
export const RATE_MAX = 1024 * 1024 * 1024;

/** What a peer reads from its environment. */
export const config = z.object({
  /** Where the torrents come from, separated by blanks: http URLs of .torrent files, or magnet links. */
  TORRENT_URL: z
    .string('give the URL of a .torrent file, or a magnet link')
    .transform((text, context): readonly TorrentSource[] => {
      try {
        return text
          .split(/\s+/)
          .filter((word) => word !== '')
          .map(parseSource);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    }),
  /** The file that a first seed makes of itself: "lecture.bin:4194304", its name and its octets. Empty for all others. */
  MAKE_FILE: z
    .string()
    .default('')
    .transform((text, context): MadeFile | null => {
      if (text === '') return null;
      const made = parseMadeFile(text);
      if (made !== null) return made;
      context.addIssue({
        code: 'custom',
        message: `give NAME:OCTETS with at most ${MADE_OCTETS_MAX} octets, or nothing`,
      });
      return z.NEVER;
    }),
  /** The port where other peers reach this one. */
  LISTEN_PORT: wholeNumber({ min: 1024, max: 65_535, default: 6881 }),
  /** Neighbours at the same time. */
  MAX_PEERS: wholeNumber({ min: 1, max: 500, default: 50 }),
  /** Neighbours that are uploaded to at the same time: all but one by what they give, one by chance. */
  UPLOAD_SLOTS: wholeNumber({ min: 1, max: UPLOAD_SLOTS_MAX, default: 4 }),
  /** Which piece is fetched next, and who is uploaded to, by everybody and by a seed. */
  PICK_POLICY: z.enum(PICK_POLICIES, `give ${PICK_POLICIES.join(', ')}`).default(POLICY_START.pickPolicy),
  CHOKE_POLICY: z.enum(CHOKE_POLICIES, `give ${CHOKE_POLICIES.join(' or ')}`).default(POLICY_START.chokePolicy),
  SEED_POLICY: z.enum(SEED_POLICIES, `give ${SEED_POLICIES.join(' or ')}`).default(POLICY_START.seedPolicy),
  /** Whether a seed shows each neighbour a piece at a time (BEP 16). */
  SUPER_SEED: yesOrNo(POLICY_START.superSeeds),
  /** Whether a seed suggests to each neighbour a piece that nobody else was given yet (BEP 6). */
  SUGGEST: yesOrNo(POLICY_START.suggests),
  /** What it plays: a part that is not that of an ordinary peer, to see what it does to the swarm. */
  ROLE: z.enum(ROLE_NAMES, `give ${ROLE_NAMES.join(', ')}`).default('ordinary'),
  /** Limits in octets per second; 0 is no limit. */
  UPLOAD_BYTES_PER_S: wholeNumber({ min: 0, max: RATE_MAX, default: 0 }),
  DOWNLOAD_BYTES_PER_S: wholeNumber({ min: 0, max: RATE_MAX, default: 0 }),
  /** `all` reports every request and block too; `pieces` reports each piece once, with who gave its blocks and how many got a `have`. */
  REPORT_BLOCKS: z.enum(['all', 'pieces'], 'give all or pieces').default('pieces'),
});

export type Config = z.infer<typeof config>;
