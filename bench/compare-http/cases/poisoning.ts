/** Requests that would have a cache store for everybody what is for one, or what nobody asked for: RFC 9111, section 7. */
import type { Case, FieldSet, Group } from '../case.ts';
import { again, cc, check, FORWARDED, FRESH, fetched, required, step } from '../words.ts';

const VALUE = 'RFC 9110, section 5.5';
const POISON = 'RFC 9111, section 7.1';
const NOT_STORED = cc('no-store');

/** A field that changes what the origin answers, and that no other request has. */
const poisons = (name: string, value: string): Case =>
  check(
    `poison-${name.toLowerCase()}`,
    POISON,
    `${name} of a client does not choose what the origin says to everybody`,
    step(
      { fields: FRESH },
      { asked: true, askedWith: { [name]: new RegExp(`^(?!.*${value})`) } },
      { ask: { fields: { [name]: value } as FieldSet } },
    ),
  );

const poisoning: readonly Case[] = [
  poisons('X-Forwarded-Host', 'evil.test'),
  poisons('X-Original-URL', '/admin'),
  poisons('X-Rewrite-URL', '/admin'),
  poisons('X-HTTP-Method-Override', 'POST'),
  check(
    'deception-css',
    POISON,
    'the end of a path says nothing of how to store it',
    fetched({}, { ask: { at: '/account/x.css' } }),
    again(FORWARDED, { ask: { at: '/account/x.css' } }),
  ),
  required(
    'deception-private',
    'RFC 9111, section 5.2.2.7',
    'a private page under a name that ends in .css is private',
    fetched(cc('private, max-age=3600'), { ask: { at: '/account/x.css' } }),
    again(FORWARDED, { ask: { at: '/account/x.css' } }),
  ),
  required(
    'dot-segments',
    'RFC 9111, section 4',
    'a/..%2fb is another URI than b',
    fetched(FRESH, { ask: { at: '/a/..%2fb' } }),
    again(FORWARDED, { ask: { at: '/b' } }),
  ),
  required(
    'encoded-line',
    VALUE,
    'an encoded line end in a path never becomes one',
    step({ fields: NOT_STORED }, { asked: 1, askedWith: { 'X-Evil': null } }, { ask: { at: '/a%0d%0aX-Evil:%201' } }),
  ),
  required(
    'set-cookie-max-stale',
    'RFC 9111, section 5.2.2.7',
    'max-stale brings no private response to others',
    fetched(cc('private, max-age=1', { 'Set-Cookie': 'a=1' })),
    again(FORWARDED, { ask: { fields: cc('max-stale') } }),
  ),
];

export const poisoned: Group = { name: 'poisoning', cases: poisoning };
