import { type MaildirFlags, sortFlags } from '../../protocol/maildir-name.ts';

/** The letters of Maildir as words. */
const LETTERS = { seen: 'S', flagged: 'F', answered: 'R', draft: 'D', deleted: 'T', passed: 'P' } as const;

export type FlagName = keyof typeof LETTERS;

export const FLAG_NAMES = Object.keys(LETTERS) as [FlagName, ...FlagName[]];

export function flagWords(flags: MaildirFlags): Record<FlagName, boolean> {
  const words = FLAG_NAMES.map((name) => [name, flags.includes(LETTERS[name])] as const);
  return Object.fromEntries(words) as Record<FlagName, boolean>;
}

/** What `change` makes of flags: true sets one, false takes it away. Letters that have no word here, keywords, stay. */
export function withFlagWords(
  flags: MaildirFlags,
  change: Readonly<Partial<Record<FlagName, boolean | undefined>>>,
): MaildirFlags {
  const kept = FLAG_NAMES.filter((name) => change[name] ?? flags.includes(LETTERS[name]));
  const letters: readonly string[] = Object.values(LETTERS);
  const others = [...flags].filter((letter) => !letters.includes(letter));
  return sortFlags([...kept.map((name) => LETTERS[name]), ...others].join(''));
}
