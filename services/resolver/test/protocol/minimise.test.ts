import { describe, expect, test } from 'vitest';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { nextPart, SparedZones } from '../../src/protocol/minimise.ts';

/** The parts of a name that the servers of `zone` are asked for, one after the other. */
function parts(name: string, zone: string): string[] {
  const asked = { name: parseName(name), zone: parseName(zone) };
  const found: string[] = [];
  for (let part = nextPart(asked, 0, 0); part !== null; part = nextPart(asked, part.length, found.length)) {
    found.push(formatHostname(part));
  }
  return found;
}

describe('the parts of a name that are asked for (RFC 9156, section 2.3)', () => {
  test.each<[string, string, string[]]>([
    ['www.cnn.com.', '.', ['com', 'cnn.com']],
    ['www.cnn.com.', 'com.', ['cnn.com']],
    ['www.cnn.com.', 'cnn.com.', []],
    ['cnn.com.', 'cnn.com.', []],
    ['.', '.', []],
  ])('%s of the servers of %s', (name, zone, expected) => {
    expect(parts(name, zone)).toEqual(expected);
  });

  test('are one label longer four times, then so much that ten suffice: eighteen labels as in the example', () => {
    const name = Array.from({ length: 18 }, (_, at) => `l${18 - at}`).join('.');
    expect(parts(`${name}.`, '.').map((part) => part.split('.').length)).toEqual([1, 2, 3, 4, 6, 8, 10, 12, 15]);
  });

  test('are ten at most for the longest name', () => {
    const name = new Array(127).fill('a').join('.');
    expect(parts(`${name}.`, '.').length).toBeLessThanOrEqual(10);
  });
});

test('a zone whose servers cannot bear parts is spared them for an hour, and of a thousand zones at most', () => {
  const spared = new SparedZones();
  spared.add(['cnn', 'com'], 0);
  expect(spared.has(['CNN', 'com'], 3_599_999)).toBe(true);
  expect(spared.has(['cnn', 'com'], 3_600_000)).toBe(false);
  for (let at = 0; at < 1_000; at += 1) spared.add([`z${at}`], 0);
  expect(spared.has(['cnn', 'com'], 0)).toBe(false);
});
