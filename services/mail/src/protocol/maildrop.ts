/** The maildrop of a POP3 session: RFC 1939, section 4: the messages as they were at log-in, and which of them are marked as deleted. */

/** One message; its number is its place in the maildrop, from 1. */
export interface MaildropMessage {
  /** RFC 1939, section 7: one to 70 printable characters that name the message for ever. */
  readonly uniqueId: string;
  readonly uid: number;
  readonly octets: number;
}

export interface Maildrop {
  readonly messages: readonly MaildropMessage[];
  /** One octet for each message: not 0 when it is marked. Copied at each mark, which is cheap: a maildrop may have many. */
  readonly marks: Uint8Array;
  /** Of the messages that are not marked. */
  readonly count: number;
  readonly octets: number;
}

export function maildropOf(messages: readonly MaildropMessage[]): Maildrop {
  return {
    messages,
    marks: new Uint8Array(messages.length),
    count: messages.length,
    octets: messages.reduce((sum, message) => sum + message.octets, 0),
  };
}

/** Null when there is no such number, or its message is marked. */
export function findMessage(maildrop: Maildrop, number: number): MaildropMessage | null {
  const message = maildrop.messages[number - 1];
  return message === undefined || maildrop.marks[number - 1] !== 0 ? null : message;
}

/** @param number of a message that is there */
export function markMessage(maildrop: Maildrop, number: number): Maildrop {
  const marks = maildrop.marks.slice();
  marks[number - 1] = 1;
  const octets = maildrop.octets - (maildrop.messages[number - 1]?.octets ?? 0);
  return { ...maildrop, marks, count: maildrop.count - 1, octets };
}

/** A line for each message that is not marked: its number, and what `column` says of it. */
export function listMessages(maildrop: Maildrop, column: (message: MaildropMessage) => string | number): string[] {
  const lines: string[] = [];
  for (const [index, message] of maildrop.messages.entries()) {
    if (maildrop.marks[index] === 0) lines.push(`${index + 1} ${column(message)}`);
  }
  return lines;
}

export function markedUids({ messages, marks }: Maildrop): number[] {
  return messages.filter((_, index) => marks[index] !== 0).map(({ uid }) => uid);
}
