import { addressesOf, type NamedAddress } from '../../protocol/address-field.ts';
import { decodeEncodedWords } from '../../protocol/encoded-word.ts';
import { fieldValue, splitHeaderSection } from '../../protocol/header-section.ts';
import type { MessageFacts } from '../../protocol/message-facts.ts';
import { fromBinaryText } from '../../protocol/octets.ts';
import type { Mailbox } from '../../store/mailbox.ts';

/** What a list shows of a message, and what a search looks at first. */
export interface MessageSummary {
  readonly uid: number;
  readonly arrivedAt: number;
  readonly from: readonly NamedAddress[];
  readonly to: readonly NamedAddress[];
  readonly cc: readonly NamedAddress[];
  readonly subject: string;
}

/** From the mailbox's index, without reading the messages again; without those that are gone. */
export async function summarize(mailbox: Mailbox, uids: readonly number[]): Promise<MessageSummary[]> {
  const facts = await mailbox.facts(uids);
  return facts.flatMap((one) => (one === null ? [] : [summaryOf(one)]));
}

function summaryOf({ uid, arrivedAt, header }: MessageFacts): MessageSummary {
  const { fields } = splitHeaderSection(fromBinaryText(header ?? ''));
  const subject = fields.find(({ name }) => name.toLowerCase() === 'subject');
  return {
    uid,
    arrivedAt,
    from: addressesOf(fields, 'from'),
    to: addressesOf(fields, 'to'),
    cc: addressesOf(fields, 'cc'),
    subject: subject === undefined ? '' : decodeEncodedWords(fieldValue(subject)),
  };
}
