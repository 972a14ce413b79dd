/** Preferences with weights: `fr, ko;q=0.8, *;q=0` (RFC 9110, section 12.4.2). */

import { listMembers } from './fields.ts';

export interface Weighted {
  /** In lower case. */
  readonly value: string;
  /** From 0, "not acceptable", to 1. */
  readonly weight: number;
}

/** Preferences of one field that are looked at; nobody reads forty languages. */
const PREFERENCES_MAX = 40;

const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** The members of the list in their order; one whose weight is none is left out, as if it were not there. */
export function parseWeightedList(value: string): readonly Weighted[] {
  return listMembers(value)
    .slice(0, PREFERENCES_MAX)
    .map(parseMember)
    .filter((member) => member !== null);
}

function parseMember(member: string): Weighted | null {
  const [value = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return value !== '' && QVALUE.test(weight) ? { value, weight: Number(weight) } : null;
}
