import { expect, test } from 'vitest';
import { essenceOf } from '../media-type.ts';

test.each([
  ['text/html', 'text/html'],
  ['Text/HTML; charset="utf-8"', 'text/html'],
  [' multipart/form-data ;boundary=x', 'multipart/form-data'],
  ['', ''],
])('of the field value %j the media type is %j', (value, essence) => {
  expect(essenceOf(value)).toBe(essence);
});
