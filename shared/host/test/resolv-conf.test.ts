import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nameserverIn } from '#shared/host/resolv-conf.ts';

const FOLDER = fileURLToPath(new URL('../../../infra/image/resolv/', import.meta.url));

test('the first nameserver counts, and comments do not', () => {
  expect(nameserverIn('# nameserver 192.0.2.9\noptions ndots:1\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n')).toBe(
    '192.0.2.1',
  );
  expect(nameserverIn('search example.org\n')).toBeUndefined();
});

test.each(readdirSync(FOLDER))('%s sends its hosts to a local DNS server of the same network', (file) => {
  const [, net, second] = /^(\d+\.\d+)(-b)?\.conf$/.exec(file)!;
  expect(nameserverIn(readFileSync(FOLDER + file, 'utf8'))).toBe(`${net}.${second === undefined ? '4.1' : '4.3'}`);
});
