/**
 * Names of hosts and domains as a registrar takes them: letters, digits and hyphens (RFC 1035, section 2.3.1), the first
 * a letter or a digit (RFC 1123, section 2.1). DNS itself carries any octet; who registers a name must be able to say it.
 */
import { ProtocolViolation } from '#shared/protocol-violation.ts';

/** Characters of a label and of a whole name without the final full stop, at most (RFC 1035, section 2.3.4). */
const LABEL_LENGTH_MAX = 63;
const NAME_LENGTH_MAX = 253;

/** The labels of `text` in lower case; a full stop at the end means the root and is left out. @throws ProtocolViolation */
export function parseHostName(text: string): readonly string[] {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name === '') throw new ProtocolViolation('The name is empty', 0, 'RFC 1035, section 2.3.1');
  if (name.length > NAME_LENGTH_MAX) {
    const what = `The name has more than ${NAME_LENGTH_MAX} characters`;
    throw new ProtocolViolation(what, NAME_LENGTH_MAX, 'RFC 1035, section 2.3.4');
  }
  const labels = name.toLowerCase().split('.');
  let offset = 0;
  for (const label of labels) {
    checkLabel(label, offset);
    offset += label.length + 1;
  }
  return labels;
}

function checkLabel(label: string, offset: number): void {
  if (label === '') throw new ProtocolViolation('A label is empty', offset, 'RFC 1035, section 2.3.1');
  if (label.length > LABEL_LENGTH_MAX) {
    const what = `A label has more than ${LABEL_LENGTH_MAX} characters`;
    throw new ProtocolViolation(what, offset, 'RFC 1035, section 2.3.4');
  }
  const strange = label.search(/[^a-z0-9-]/);
  if (strange !== -1) {
    const what = 'A label has a character that is no letter, digit or hyphen';
    throw new ProtocolViolation(what, offset + strange, 'RFC 1035, section 2.3.1');
  }
  if (label.startsWith('-') || label.endsWith('-')) {
    throw new ProtocolViolation('A label begins or ends with a hyphen', offset, 'RFC 1123, section 2.1');
  }
  // Two hyphens there announce an encoding, of which only "xn--" is known.
  if (label.slice(2, 4) === '--' && !label.startsWith('xn--')) {
    throw new ProtocolViolation(
      'A label has "--" as its third and fourth character',
      offset + 2,
      'RFC 5891, section 4.2.3.1',
    );
  }
}
