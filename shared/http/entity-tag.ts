/** Entity tags: validators that name one version of a representation (RFC 9110, section 8.8.3). */

import { listMembers } from './fields.ts';

export interface EntityTag {
  /** A weak tag promises the same meaning, not the same octets. */
  readonly weak: boolean;
  /** What stands between the quotes. */
  readonly opaque: string;
}

const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** The tag in `text`, or null when it has another form. `W` is upper case only. */
export function parseEntityTag(text: string): EntityTag | null {
  const parts = ENTITY_TAG.exec(text.trim());
  return parts === null ? null : { weak: parts[1] !== undefined, opaque: parts[2]! };
}

export function formatEntityTag(tag: EntityTag): string {
  return `${tag.weak ? 'W/' : ''}"${tag.opaque}"`;
}

/** `*`, or the tags of an If-Match or If-None-Match field; members of another form are left out. */
export function parseEntityTagList(value: string): '*' | readonly EntityTag[] {
  if (value.trim() === '*') return '*';
  return listMembers(value)
    .map(parseEntityTag)
    .filter((tag) => tag !== null);
}

/** Strong comparison: the same octets for sure (RFC 9110, section 8.8.3.2). */
export function strongMatch(one: EntityTag, other: EntityTag): boolean {
  return !one.weak && !other.weak && one.opaque === other.opaque;
}

/** Weak comparison: enough to save a transfer (RFC 9110, section 8.8.3.2). */
export function weakMatch(one: EntityTag, other: EntityTag): boolean {
  return one.opaque === other.opaque;
}
