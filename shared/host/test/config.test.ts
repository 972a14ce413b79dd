import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, readConfig, wholeNumber, wordList, yesOrNo } from '#shared/host/config.ts';

const schema = z.object({
  CACHE_SIZE_BYTES: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  VIA_PROXY: yesOrNo(false),
  PEERS: wordList('a, b'),
  DOMAIN: z.string('give the domain'),
});
const where = (variable: string) => `docker-compose.yml:${variable === 'PEERS' ? 7 : 3}`;

test('what is not set has its default', () => {
  expect(readConfig(schema, { DOMAIN: 'crepes.fr' }, where)).toEqual({
    CACHE_SIZE_BYTES: 100,
    VIA_PROXY: false,
    PEERS: ['a', 'b'],
    DOMAIN: 'crepes.fr',
  });
});

test('what is set is read in its unit', () => {
  const environment = { CACHE_SIZE_BYTES: '1000', VIA_PROXY: 'true', PEERS: ' one,two\tthree ', DOMAIN: 'a' };
  expect(readConfig(schema, environment, where)).toMatchObject({
    CACHE_SIZE_BYTES: 1_000,
    VIA_PROXY: true,
    PEERS: ['one', 'two', 'three'],
  });
});

test('every fault is listed, each with its place, its value and the remedy', () => {
  const environment = { CACHE_SIZE_BYTES: 'much', VIA_PROXY: 'yes' };
  expect(() => readConfig(schema, environment, where)).toThrow(
    new ConfigError(
      [
        'docker-compose.yml:3: CACHE_SIZE_BYTES is refused, it is "much": give a whole number from 1 to 1000',
        'docker-compose.yml:3: VIA_PROXY is refused, it is "yes": give true or false',
        'docker-compose.yml:3: DOMAIN is refused, it is not set: give the domain',
      ].join('\n'),
    ),
  );
});

test.each(['0', '1001', '-1', '1.5', '1e2', '0x10', '', ' 5', '99999999999999999999'])(
  '"%s" is no whole number from 1 to 1000',
  (text) => {
    expect(() => readConfig(schema, { CACHE_SIZE_BYTES: text, DOMAIN: 'a' }, where)).toThrow(ConfigError);
  },
);
