import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldsFromRaw, fieldValue, listMembers, unquote, withField, withoutFields } from '../fields.ts';

const FIELDS = fieldsFromRaw(['Host', 'a', 'vary', 'X', 'ETag', '"1"', 'Vary', 'Y']);

test('names have no case, and the lines of one name are joined (RFC 9110, section 5.3)', () => {
  expect(fieldValue(FIELDS, 'VARY')).toBe('X, Y');
  expect(fieldValue(FIELDS, 'Age')).toBeUndefined();
});

test('a field is replaced at the place of its first line', () => {
  expect(withField(FIELDS, 'Vary', 'Z')).toEqual([
    ['Host', 'a'],
    ['Vary', 'Z'],
    ['ETag', '"1"'],
  ]);
  expect(withField(FIELDS, 'Age', '1').at(-1)).toEqual(['Age', '1']);
  expect(withoutFields(FIELDS, new Set(['vary'])).length).toBe(2);
});

test('a comma inside a quoted string separates nothing (RFC 9110, section 5.6.1)', () => {
  expect(listMembers('a, "b, c\\", d" ,, e')).toEqual(['a', '"b, c\\", d"', 'e']);
  expect(unquote('"b\\"c"')).toBe('b"c');
});

test('any value comes apart into members that say the same when joined again', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const members = listMembers(value);
      expect(members.every((member) => member === member.trim() && member !== '')).toBe(true);
      if (!value.includes('"')) expect(listMembers(members.join(','))).toEqual(members);
    }),
  );
});
