/**
 * Which field of a response tells this cache what to do: Cache-Control, or one that is meant for caches like this one alone
 * (targeted cache control: RFC 9213).
 */

import { cacheControl, type Directives } from '#shared/http/cache-control.ts';
import { type Fields, fieldValue } from '#shared/http/fields.ts';
import { parseDictionary, type StructuredItem } from '#shared/http/structured-field.ts';
import { memo } from './memo.ts';

/** The target list of this cache, the first one first (RFC 9213, section 2.2). */
const TARGETED_FIELDS = ['CDN-Cache-Control'] as const;

export interface ResponseDirectives {
  readonly directives: Directives;
  /** The field that they stand in. Of a targeted one, Cache-Control and Expires are without effect. */
  readonly field: 'Cache-Control' | (typeof TARGETED_FIELDS)[number];
}

/** The directives that count: of the first targeted field that is valid and not empty, otherwise of Cache-Control. */
export const responseDirectives: (fields: Fields) => ResponseDirectives = memo((fields: Fields): ResponseDirectives => {
  for (const field of TARGETED_FIELDS) {
    const members = parseDictionary(fieldValue(fields, field) ?? '');
    if (members !== null && members.size > 0) return { directives: fromDictionary(members), field };
  }
  return { directives: cacheControl(fields), field: 'Cache-Control' };
});

/** A dictionary as directives (RFC 9213, section 2.1): a member that is false is as good as absent. */
function fromDictionary(members: ReadonlyMap<string, StructuredItem>): Directives {
  const present = [...members].filter(([, item]) => !(item.kind === 'boolean' && !item.value));
  return new Map(present.map(([name, item]) => [name, [argumentOf(item)]]));
}

function argumentOf(item: StructuredItem): string | null {
  switch (item.kind) {
    case 'boolean':
      return null;
    case 'integer':
      return String(item.value);
    case 'string':
      // Digits between quotes are a string and no number here, other than in Cache-Control.
      return /^\d*$/.test(item.value) ? `"${item.value}"` : item.value;
    case 'token':
      return item.value;
    default:
      return '';
  }
}
