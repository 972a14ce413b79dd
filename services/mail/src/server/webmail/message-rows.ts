import type { MessageRow } from '../../page/folder-page.ts';
import { shownAddress } from '../../page/shown-address.ts';
import { addressesOf } from '../../protocol/address-field.ts';
import { splitHeaderSection } from '../../protocol/header-section.ts';
import type { MessageFacts } from '../../protocol/message-facts.ts';
import { fromBinaryText } from '../../protocol/octets.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { SpecialFolder } from '../special-folders.ts';

/** Names of one row. */
const NAMES_MAX = 3;

/** What a list says of messages; those that are gone meanwhile are left out. */
export async function readRows(
  mailbox: Mailbox,
  uids: readonly number[],
  use: SpecialFolder | null,
): Promise<MessageRow[]> {
  const rows: MessageRow[] = [];
  for (const facts of await mailbox.facts(uids, 'structure')) {
    const stored = facts === null ? null : mailbox.stored(facts.uid);
    if (facts === null || stored === null) continue;
    const { flags } = stored;
    rows.push({
      uid: facts.uid,
      // Where somebody looks for what they wrote, the others are who it went to.
      people: namesIn(facts, use === 'sent' || use === 'drafts' ? 'To' : 'From'),
      subject: facts.subject,
      arrivedAt: facts.arrivedAt,
      octets: facts.octets,
      hasAttachments: hasAttachments(facts.bodyStructure),
      isSeen: flags.includes('S'),
      isStarred: flags.includes('F'),
      isAnswered: flags.includes('R'),
      isForwarded: flags.includes('P'),
    });
  }
  return rows;
}

/** From the fields as they came: a name is decoded only when it stands apart. */
function namesIn({ header }: MessageFacts, field: 'From' | 'To'): string {
  const { fields } = splitHeaderSection(fromBinaryText(header ?? ''));
  return addressesOf(fields, field)
    .slice(0, NAMES_MAX)
    .map(({ name, address }) => name || shownAddress(address))
    .join(', ');
}

/** Whether a message (its BODYSTRUCTURE) has something to keep. Pictures that its HTML shows are not. */
function hasAttachments(bodyStructure: string): boolean {
  if (/\("attachment"/i.test(bodyStructure) || /\("message" "rfc822"/i.test(bodyStructure)) return true;
  return /\("(?:image|audio|video|application)" /i.test(bodyStructure) && !/\) "related"/i.test(bodyStructure);
}
