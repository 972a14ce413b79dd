/** A DNS message taken apart for the eye: which octets are which field, and what they say. Plain JSON. */

/**
 * What a field is, for whoever draws it: `section`, `question`, `record`, `name`, `rdata` and `option` consist of others;
 * `label`, `root` and `pointer` are the pieces of a name; `value` is any other field; `unread` is what nobody can read.
 */
export type FieldRole =
  | 'header'
  | 'section'
  | 'question'
  | 'record'
  | 'name'
  | 'label'
  | 'root'
  | 'pointer'
  | 'rdata'
  | 'option'
  | 'value'
  | 'unread';

export interface WireField {
  readonly role: FieldRole;
  /** The RFC's name of the field: ID, QNAME, RDLENGTH, preference. */
  readonly name: string;
  /** Octets from the beginning of the message. */
  readonly offset: number;
  readonly length: number;
  /** What the octets say, as a zone file would write it. */
  readonly value: string;
  /** The fields that it consists of, without gaps; none where it is not divided any further. */
  readonly children: readonly WireField[];
  /** Where a compression pointer leads to. */
  readonly pointsTo?: number;
  /** The bits of a field that has a meaning for each, from the first to the last. */
  readonly bits?: readonly BitField[];
}

export interface BitField {
  readonly name: string;
  /** Number of bits. */
  readonly width: number;
  readonly value: number;
  /** The name of the value where it has one: QUERY, NXDOMAIN. */
  readonly meaning: string | null;
}

/** A rule that the message breaks. */
export interface BrokenRule {
  readonly offset: number;
  readonly sentence: string;
}

export interface Dissection {
  /** Octets of the whole message; `shown` of them, from the beginning, are in `fields`. */
  readonly octets: number;
  readonly shown: number;
  /** Every octet shown belongs to exactly one field without children. */
  readonly fields: readonly WireField[];
  readonly brokenRules: readonly BrokenRule[];
}
