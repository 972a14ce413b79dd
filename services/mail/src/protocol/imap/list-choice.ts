/** Which names LIST answers with, and how: RFC 9051, sections 6.3.9 and 7.3.1 (RFC 5258). */
import type { ListCommand } from './list-command.ts';
import type { ListedName } from './list-pattern.ts';
import { DELIMITER, isInferior } from './mailbox-name.ts';
import { formatFlags } from './response.ts';

/** A name that there is, or that is only the superior of one, or only subscribed. */
export interface KnownName extends ListedName {
  readonly isSubscribed: boolean;
  readonly specialUse: string | null;
}

export interface AnsweredName {
  readonly name: string;
  readonly isThere: boolean;
  readonly attributes: readonly string[];
  /** Selection options which a mailbox below this one fulfils that is not listed itself. */
  readonly childInfo: readonly string[];
}

/** @param isMatch whether one of the patterns matches a name */
export function chooseListed(
  known: readonly KnownName[],
  command: ListCommand,
  isMatch: (name: string) => boolean,
): AnsweredName[] {
  const { select } = command;
  const isSelected = (one: KnownName) => {
    if (!select.isSubscribed && !select.isSpecialUse) return one.isThere || one.hasInferiors;
    return (!select.isSubscribed || one.isSubscribed) && (!select.isSpecialUse || one.specialUse !== null);
  };
  const options = [...(select.isSubscribed ? ['SUBSCRIBED'] : []), ...(select.isSpecialUse ? ['SPECIAL-USE'] : [])];
  // Told of a superior only where they are not listed themselves (RFC 5258, section 3.5).
  const hidden = select.isRecursive ? known.filter((one) => isSelected(one) && !isMatch(one.name)) : [];
  return known.flatMap((one) => {
    if (!isMatch(one.name)) return [];
    const childInfo = hidden.some(({ name }) => isInferior(name, one.name)) ? options : [];
    if (!isSelected(one) && childInfo.length === 0) return [];
    return [{ name: one.name, isThere: one.isThere, attributes: attributesOf(one, command), childInfo }];
  });
}

function attributesOf(one: KnownName, { isExtended, select, returns }: ListCommand): string[] {
  // \NonExistent means \Noselect too (RFC 5258, section 3), to clients that know LIST-EXTENDED.
  const absent = isExtended ? '\\NonExistent' : '\\Noselect';
  return [
    ...(one.isThere ? [] : [absent]),
    one.hasInferiors ? '\\HasChildren' : '\\HasNoChildren',
    ...((select.isSubscribed || returns.isSubscribed) && one.isSubscribed ? ['\\Subscribed'] : []),
    ...(one.specialUse === null ? [] : [one.specialUse]),
  ];
}

/** @param shown the name as the client reads it */
export function formatListed({ attributes, childInfo }: AnsweredName, shown: string): string {
  const quoted = childInfo.map((option) => `"${option}"`).join(' ');
  const more = childInfo.length === 0 ? '' : ` ("CHILDINFO" (${quoted}))`;
  return `* LIST ${formatFlags(attributes)} "${DELIMITER}" ${shown}${more}`;
}
