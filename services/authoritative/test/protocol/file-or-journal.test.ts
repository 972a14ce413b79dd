import { expect, test } from 'vitest';
import { judgeFile } from '../../src/protocol/file-or-journal.ts';

const BASE = { serial: 10, digest: 'base' };

test.each([
  ['the file as it was', BASE, 14, 'same-file', 'updates have led to serial 14'],
  [
    'an edited file with a serial above all',
    { serial: 15, digest: 'new' },
    14,
    'file-wins',
    'its serial 15 is above 14',
  ],
  [
    'an edited file with the serial that updates have led to',
    { serial: 14, digest: 'new' },
    14,
    'journal-wins',
    'Raise its serial above 14',
  ],
  [
    'an edited file whose serial was raised too little',
    { serial: 11, digest: 'new' },
    14,
    'journal-wins',
    'the action "sync"',
  ],
  ['an edited file whose serial was not raised', { serial: 10, digest: 'new' }, 14, 'journal-wins', 'the file has 10'],
  ['a serial that has gone round', { serial: 3, digest: 'new' }, 4_294_967_290, 'file-wins', 'above'],
])('%s: the serial decides, and what follows is said', (_what, file, serial, kind, because) => {
  expect(judgeFile(file, BASE, serial)).toEqual({ kind, because: expect.stringContaining(because) });
});
