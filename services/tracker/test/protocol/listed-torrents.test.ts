import { expect, test } from 'vitest';
import { FileFault } from '#shared/file-fault.ts';
import { parseListedTorrents } from '../../src/protocol/listed-torrents.ts';

const HASH = 'dcf665c3d4e2b55cf5f8f3ccd6c7f9'.padEnd(40, '0');

test('each line lists an info hash; remarks and empty lines list nothing', () => {
  const text = `# what is served\n\n${HASH} lecture.bin\r\n  ${'AB'.repeat(20)}\n${HASH}\n`;
  const listed = parseListedTorrents(text);
  expect(listed.size).toBe(2);
  expect(listed.has(String.fromCharCode(...Uint8Array.fromHex(HASH)))).toBe(true);
  expect(listed.has('\xab'.repeat(20))).toBe(true);
});

test.each([
  ['a short one', `\n${HASH.slice(1)}`, 2],
  ['letters beyond f', 'g'.repeat(40), 1],
  ['a remark without its sign', `${HASH}\nlecture`, 2],
])('%s is a fault that names the line and the remedy', (_, text, line) => {
  const parse = () => parseListedTorrents(text);
  expect(parse).toThrow(FileFault);
  expect(parse).toThrow(expect.objectContaining({ line, message: expect.stringContaining('40 hexadecimal digits') }));
});
