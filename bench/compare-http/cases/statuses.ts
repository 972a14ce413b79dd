/** Storing and guessing by status: RFC 9111, sections 3 and 4.2.2; RFC 9110, section 15.1. */
import type { FieldSet, Group } from '../case.ts';
import { again, FORWARDED, FRESH, fetched, optimal, required } from '../words.ts';

const STORING = 'RFC 9111, section 3';
const MONTHS_AGO = 'Tue, 01 Sep 2020 00:00:00 GMT';

/** Statuses that may be given a heuristic lifetime (RFC 9110, section 15.1), less 206. */
const HEURISTIC = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
/** Some that may not, among them one that nobody knows. */
const EXPLICIT = [201, 202, 299, 302, 303, 307, 400, 403, 406, 409, 418, 499, 500, 502, 503, 504, 599];

/** Statuses that say of themselves that no cache stores them, with the section of RFC 6585. */
const NEVER = { 428: 3, 429: 4, 431: 5, 511: 6 };

const bodyOf = (status: number): { body?: null } => (status === 204 ? { body: null } : {});
const own = (status: number, fields: FieldSet) => fetched(fields, { answer: { status, ...bodyOf(status) } });
const redirect = (status: number): FieldSet =>
  status >= 300 && status < 309 ? { Location: 'http://compare.test/elsewhere' } : {};

const byStatus = [...HEURISTIC, ...EXPLICIT].map((status) =>
  optimal(
    `status-${status}-fresh`,
    STORING,
    `a ${status} with max-age is stored and reused`,
    own(status, { ...FRESH, ...redirect(status) }),
    again({ asked: false, status }),
  ),
);
const guessed = HEURISTIC.map((status) =>
  optimal(
    `status-${status}-heuristic`,
    'RFC 9111, section 4.2.2',
    `a ${status} that was last modified years ago is guessed to be fresh`,
    own(status, { 'Last-Modified': MONTHS_AGO, ...redirect(status) }),
    again({ asked: false, status }),
  ),
);
const notGuessed = EXPLICIT.map((status) =>
  required(
    `status-${status}-no-heuristic`,
    STORING,
    `a ${status} that does not say how long it is fresh is not stored`,
    own(status, { 'Last-Modified': MONTHS_AGO, ...redirect(status) }),
    again(FORWARDED),
  ),
);

const never = Object.entries(NEVER).map(([status, section]) =>
  required(
    `status-${status}-never`,
    `RFC 6585, section ${section}`,
    `a ${status} is not stored, whatever it says`,
    own(Number(status), FRESH),
    again(FORWARDED),
  ),
);

export const statuses: Group = { name: 'statuses', cases: [...byStatus, ...guessed, ...notGuessed, ...never] };
