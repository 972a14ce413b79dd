/**
 * Extended DNS errors (RFC 8914): an EDNS option that says, beside an RCODE or even beside an answer, what went wrong.
 *
 *     +-----------------+-----------------+---------------------------+---------------------+
 *     | OPTION-CODE, 15 |  OPTION-LENGTH  |  INFO-CODE, two octets    |  EXTRA-TEXT, UTF-8  |
 *     +-----------------+-----------------+---------------------------+---------------------+
 */
import type { EdnsOption, Message } from './message.ts';

const OPTION_CODE = 15;
/** Octets of EXTRA-TEXT that we send, at most: it must not make a response too large for UDP. */
const EXTRA_TEXT_OCTETS_MAX = 200;

/** What an error is, by the registry of RFC 8914, section 5.2, as far as a resolver without validation needs it. */
export const EXTENDED_ERROR = {
  OTHER: 0,
  STALE_ANSWER: 3,
  CACHED_ERROR: 13,
  PROHIBITED: 18,
  STALE_NXDOMAIN_ANSWER: 19,
  NOT_AUTHORITATIVE: 20,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [EXTENDED_ERROR.OTHER, 'Other Error'],
  [EXTENDED_ERROR.STALE_ANSWER, 'Stale Answer'],
  [EXTENDED_ERROR.CACHED_ERROR, 'Cached Error'],
  [EXTENDED_ERROR.PROHIBITED, 'Prohibited'],
  [EXTENDED_ERROR.STALE_NXDOMAIN_ANSWER, 'Stale NXDOMAIN Answer'],
  [EXTENDED_ERROR.NOT_AUTHORITATIVE, 'Not Authoritative'],
  [EXTENDED_ERROR.NO_REACHABLE_AUTHORITY, 'No Reachable Authority'],
  [EXTENDED_ERROR.NETWORK_ERROR, 'Network Error'],
]);

export interface ExtendedError {
  readonly infoCode: number;
  /** For people; a program never decides by it. */
  readonly extraText: string;
}

/** The registry's words for an INFO-CODE. */
export function formatInfoCode(infoCode: number): string {
  return NAMES.get(infoCode) ?? `extended error ${infoCode}`;
}

export function extendedErrorOption({ infoCode, extraText }: ExtendedError): EdnsOption {
  const text = new TextEncoder().encode(extraText).subarray(0, EXTRA_TEXT_OCTETS_MAX);
  const data = new Uint8Array(2 + text.length);
  new DataView(data.buffer).setUint16(0, infoCode);
  data.set(text, 2);
  return { code: OPTION_CODE, data };
}

/** The extended errors of a message; there may be several (RFC 8914, section 3). An option too short to be one is ignored. */
export function extendedErrorsOf({ edns }: Message): ExtendedError[] {
  return (edns?.options ?? []).flatMap(({ code, data }) => {
    if (code !== OPTION_CODE || data.length < 2) return [];
    const infoCode = (data[0]! << 8) | data[1]!;
    // The text may end in a NUL, which is not part of it (RFC 8914, section 2).
    return [{ infoCode, extraText: new TextDecoder().decode(data.subarray(2)).replace(/\0$/, '') }];
  });
}
