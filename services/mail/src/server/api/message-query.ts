import { z } from 'zod';
import { formatNamedAddress, type NamedAddress } from '../../protocol/address-field.ts';
import { formatPlaces, type Places, parsePlaces } from '../../protocol/message-name.ts';
import type { Scope, ShelvedMessage } from './mail-shelf.ts';
import type { MessageSummary } from './message-summaries.ts';
import { searchedText } from './message-view.ts';
import { badRequest } from './problem.ts';

const WORDS_LENGTH_MAX = 400;
/** Places of hundreds of mailboxes still fit into an address of the Web. */
const PLACE_LENGTH_MAX = 12_000;

const words = () => z.string().min(1).max(WORDS_LENGTH_MAX).optional();
const yesOrNoInput = z.enum(['true', 'false'], 'give true or false').transform((text) => text === 'true');

/** What a question about messages may say. */
export const queryInput = z.strictObject({
  account: words().describe('alice, or alice@crepes.fr; without it, all accounts of the server'),
  folder: z.string().min(1).max(WORDS_LENGTH_MAX).default('INBOX').describe('A folder, or * for all'),
  from: words().describe('Part of From, letters in either case'),
  to: words().describe(
    'Part of To or Cc, or of the address of the mailbox that the message lies in: blind copies are found too',
  ),
  subject: words().describe('Part of Subject'),
  text: words().describe('Part of Subject, of the text, or of what the HTML shows'),
  unread: yesOrNoInput.optional().describe('true: only unread ones; false: only read ones'),
  since: z
    .string()
    .max(PLACE_LENGTH_MAX)
    .optional()
    .describe(
      'Only what came after a place (`next` or `here` of an earlier answer), or after a lab time (2026-11-20T12:00:00Z)',
    ),
});

export type MessageQuery = z.output<typeof queryInput>;

/** From where on a question is asked: behind places, and not before a lab time. */
export interface Since {
  readonly places: Places;
  readonly ms: number | null;
}

const NO_PLACES: Places = new Map();
/** A time, in milliseconds, and places behind it. */
const TIME_AND_PLACES = /^\*(-?\d{1,16})~(.*)$/s;

export function scopeOf({ account, folder }: MessageQuery): Scope {
  return { account, folder };
}

/** @throws Problem */
export function readSince(text: string | undefined): Since {
  if (text === undefined) return { places: NO_PLACES, ms: null };
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return { places: NO_PLACES, ms: time };
  const [, ms = null, rest = text] = TIME_AND_PLACES.exec(text) ?? [];
  const places = parsePlaces(rest);
  if (places !== null) return { places, ms: ms === null ? null : Number(ms) };
  throw badRequest(
    `since is "${text.slice(0, 60)}": give a place that an answer of this server named, or a time such as 2026-11-20T12:00:00Z`,
  );
}

/** What `readSince` reads again. Where a time is given, it goes on to count in mailboxes of which there is no place. */
export function formatSince({ places, ms }: Since): string {
  return ms === null ? formatPlaces(places) : `*${ms}~${formatPlaces(places)}`;
}

/** Whether a message is one that was asked for. Its body is read only when everything else agrees. */
export async function matchesQuery(
  message: ShelvedMessage,
  summary: MessageSummary,
  query: MessageQuery,
  since: Since,
): Promise<boolean> {
  const { stored, at } = message;
  if (query.unread !== undefined && stored.flags.includes('S') === query.unread) return false;
  if (since.ms !== null && summary.arrivedAt < since.ms) return false;
  if (query.subject !== undefined && !contains(summary.subject, query.subject)) return false;
  if (query.from !== undefined && !containsAddress(summary.from, query.from)) return false;
  const receivers = [...summary.to, ...summary.cc, { name: '', address: at.address }];
  if (query.to !== undefined && !containsAddress(receivers, query.to)) return false;
  if (query.text === undefined || contains(summary.subject, query.text)) return true;
  const text = await searchedText(message);
  return text !== null && contains(text, query.text);
}

function containsAddress(addresses: readonly NamedAddress[], wanted: string): boolean {
  return addresses.some((one) => contains(formatNamedAddress(one), wanted));
}

function contains(text: string, wanted: string): boolean {
  return text.normalize().toLowerCase().includes(wanted.normalize().toLowerCase());
}
