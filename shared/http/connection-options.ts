import { type Fields, fieldLines, listMembers } from './fields.ts';

/**
 * What Connection lists, in lower case: `close`, or names of fields that are for this connection alone (RFC 9110, section
 * 7.6.1).
 */
export function connectionOptions(fields: Fields): string[] {
  return fieldLines(fields, 'Connection')
    .flatMap(listMembers)
    .map((option) => option.toLowerCase());
}

/** Whether the sender ends the connection after this message (RFC 9112, section 9.6). */
export function asksToClose(fields: Fields): boolean {
  return connectionOptions(fields).includes('close');
}
