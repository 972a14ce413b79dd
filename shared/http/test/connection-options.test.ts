import { expect, test } from 'vitest';
import { asksToClose, connectionOptions } from '../connection-options.ts';
import type { Fields } from '../fields.ts';

test.each<[Fields, string[], boolean]>([
  [[], [], false],
  [[['Connection', 'close']], ['close'], true],
  [[['connection', 'Keep-Alive, CLOSE']], ['keep-alive', 'close'], true],
  [
    [
      ['Connection', 'X-One,, '],
      ['Date', 'close'],
      ['CONNECTION', 'close'],
    ],
    ['x-one', 'close'],
    true,
  ],
  [[['Connection', 'closed, not-close']], ['closed', 'not-close'], false],
])('the connection options of %j are %j', (fields, options, close) => {
  expect(connectionOptions(fields)).toEqual(options);
  expect(asksToClose(fields)).toBe(close);
});
