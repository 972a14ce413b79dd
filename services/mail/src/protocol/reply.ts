/** Who gets a reply, under which subject, and what it refers to: RFC 5322, sections 3.6.2 to 3.6.5. */
import type { NamedAddress } from './address-field.ts';
import type { DescribedMessage } from './mime-message.ts';

export interface Addressing {
  readonly to: readonly NamedAddress[];
  readonly cc: readonly NamedAddress[];
}

/** Identifiers of one References field, which is a field of one line in most programs. */
const REFERENCES_MAX = 40;

/** Section 3.6.3: to Reply-To, or to From where there is none. A reply to a message of one's own goes to whom that went to. */
export function addressReply(original: DescribedMessage, own: string): Addressing {
  const from = original.replyTo.length > 0 ? original.replyTo : original.from;
  const isOwn = from.length > 0 && from.every(({ address }) => isSame(address, own));
  if (!isOwn) return { to: from, cc: [] };
  const others = original.to.filter(({ address }) => !isSame(address, own));
  return { to: others.length > 0 ? others : original.to, cc: [] };
}

/** The same, and everybody else who was written to, each once and not the one who replies. */
export function addressReplyToAll(original: DescribedMessage, own: string): Addressing {
  const { to } = addressReply(original, own);
  const told = new Set([own, ...to.map(({ address }) => address)].map((address) => address.toLowerCase()));
  const cc = [...original.to, ...original.cc].filter(({ address }) => {
    const key = address.toLowerCase();
    const isNew = !told.has(key);
    told.add(key);
    return isNew;
  });
  return { to, cc };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Section 3.6.5: `Re: ` once, however often the message went to and fro. */
export function replySubject(subject: string): string {
  return /^re:/i.test(subject) ? subject : `Re: ${subject}`;
}

export function forwardSubject(subject: string): string {
  return /^fwd?:/i.test(subject) ? subject : `Fwd: ${subject}`;
}

/** Section 3.6.4: In-Reply-To is the original; References are its own, or its In-Reply-To, and the original behind. */
export function replyReferences({ messageId, references, inReplyTo }: DescribedMessage): {
  readonly inReplyTo: string;
  readonly references: string;
} {
  const before = references.length > 0 ? references : inReplyTo.length === 1 ? inReplyTo : [];
  const all = [...before.filter((id) => id !== messageId), messageId].filter((id) => id !== '');
  // The first one names the thread: it stays when there are too many.
  const kept = all.length > REFERENCES_MAX ? [all[0]!, ...all.slice(1 - REFERENCES_MAX)] : all;
  return { inReplyTo: messageId, references: kept.join(' ') };
}

/** Each line behind `> `, lines that are quoted already behind `>`: RFC 3676, section 4.5. */
export function quote(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()))
    .join('\n');
}
