import { formatSequenceSet } from '../protocol/imap/sequence-set.ts';
import type { TransferredMessages } from '../store/transfer.ts';

/** RFC 4315, section 3: which UID became which; nothing when there was nothing to copy. */
export function copyUid({ uidValidity, transferred }: TransferredMessages): string | undefined {
  if (transferred.length === 0) return undefined;
  const sets = [transferred.map(([from]) => from), transferred.map(([, to]) => to)].map(formatSequenceSet);
  return `COPYUID ${uidValidity} ${sets.join(' ')}`;
}
