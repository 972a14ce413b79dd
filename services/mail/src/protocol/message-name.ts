/**
 * Names of messages and places in mailboxes for programs outside. A UIDVALIDITY is one mailbox's for ever, within its account,
 * and a UID one message's for ever, within its UIDVALIDITY (RFC 9051, section 2.3.1.1): a name never means another message.
 */

export interface MessageName {
  readonly account: string;
  readonly uidValidity: number;
  readonly uid: number;
}

const NUMBER = /^[1-9]\d{0,9}$/;
/** Mailboxes that a place tells about. */
const MAILBOXES_MAX = 10_000;

/** `alice.1763640000.7` */
export function formatMessageName({ account, uidValidity, uid }: MessageName): string {
  return `${account}.${uidValidity}.${uid}`;
}

/** Null when it is the name of no message: account names may have full stops themselves. */
export function parseMessageName(text: string): MessageName | null {
  const pieces = text.split('.');
  const [uidValidity = '', uid = ''] = pieces.slice(-2);
  const account = pieces.slice(0, -2).join('.');
  if (account === '' || !NUMBER.test(uidValidity) || !NUMBER.test(uid)) return null;
  return { account, uidValidity: Number(uidValidity), uid: Number(uid) };
}

/** Up to which UID each mailbox was looked at, by `account.uidValidity`. */
export type Places = ReadonlyMap<string, number>;

export function placeKey(account: string, uidValidity: number): string {
  return `${account}.${uidValidity}`;
}

/** One word that goes into an address of the Web: `alice.1763640000.7~bob.1763640001.3`. */
export function formatPlaces(places: Places): string {
  return places.size === 0 ? '~' : [...places].map(([key, uid]) => `${key}.${uid}`).join('~');
}

/** Null when it is none. */
export function parsePlaces(text: string): Places | null {
  const places = new Map<string, number>();
  for (const name of text.split('~')) {
    if (name === '') continue;
    const [, key = '', uid = ''] = /^([\w.-]+\.[1-9]\d{0,9})\.(0|[1-9]\d{0,9})$/.exec(name) ?? [];
    if (key === '' || places.size >= MAILBOXES_MAX) return null;
    places.set(key, Number(uid));
  }
  return places;
}
