import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHAIN_EXCHANGES_MAX, chainOf } from '../../src/protocol/chain.ts';

/** `page`, `page > name` (a name that the page caused), one for each report. */
function reportsOf(...lines: string[]) {
  return lines.map((line) => {
    const [exchange = '', cause] = line.split(' > ').reverse();
    return { exchange, cause };
  });
}

function drawn(exchange: string, ...lines: string[]): string[] {
  return chainOf(reportsOf(...lines), exchange).map(
    (link) => `${'  '.repeat(link.depth)}${link.exchange} (${link.reports.length})`,
  );
}

const PAGE = [
  'page',
  'page > name',
  'name > root',
  'name > root',
  'name > tld',
  'page > name',
  'page > origin',
  'page',
];

test('from anywhere in it, the chain is the same: causes before effects, in the order in which they began', () => {
  const whole = ['page (2)', '  name (2)', '    root (2)', '    tld (1)', '  origin (1)'];
  for (const exchange of ['page', 'name', 'root', 'tld', 'origin']) {
    expect(drawn(exchange, ...PAGE, 'other', 'other > name-of-other')).toEqual(whole);
  }
});

test('a cause of which nothing is known still holds its effects together', () => {
  expect(drawn('one', 'page > one', 'page > two')).toEqual(['page (0)', '  one (1)', '  two (1)']);
});

test('an unknown exchange has no chain', () => {
  expect(drawn('nobody', ...PAGE)).toEqual([]);
});

test('a circle of causes ends', () => {
  expect(drawn('a', 'b > a', 'a > b')).toHaveLength(2);
  expect(drawn('a', 'a > a')).toEqual(['a (1)']);
});

test('a chain is bounded', () => {
  const effects = Array.from({ length: 3 * CHAIN_EXCHANGES_MAX }, (_, index) => `page > effect-${index}`);
  expect(drawn('page', 'page', ...effects)).toHaveLength(CHAIN_EXCHANGES_MAX);
});

test('whatever causes are claimed, each exchange appears once', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const report = fc.record({ exchange: name, cause: fc.option(name, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(report, { minLength: 1 }), (reports) => {
      const exchange = reports[0]?.exchange ?? '';
      const chain = chainOf(reports, exchange).map((link) => link.exchange);
      expect(chain).toContain(exchange);
      expect(new Set(chain).size).toBe(chain.length);
    }),
  );
});
