import { expect, test } from 'vitest';
import { AttemptLimit } from '../../../src/protocol/shop/attempt-limit.ts';
import { type Catalogue, parseCatalogue } from '../../../src/protocol/shop/catalogue.ts';
import {
  type Customer,
  cleanText,
  customerKey,
  faultsOf,
  ORDERS_MAX,
  placeOrder,
  sessionEnd,
  totalOf,
} from '../../../src/protocol/shop/customer.ts';
import {
  becauseYouLooked,
  talliesOfLook,
  talliesToRead,
  visitorsLikeYou,
} from '../../../src/protocol/shop/recommend.ts';
import {
  BASKET_LINES_MAX,
  itemsSeen,
  LOG_LINES_MAX,
  LOOKS_MAX,
  newVisitor,
  PIECES_MAX,
  underNewId,
  type Visitor,
  withLook,
  withPage,
  withPieces,
} from '../../../src/protocol/shop/visitor.ts';

const NOW = 1_795_000_000_000;
const texts = '\n  name.en: A\n  name.ko: 가\n  about.en: B\n  about.ko: 나\n';
const CATALOGUE: Catalogue = parseCatalogue(
  ['category x', 'item x1 1.00', 'item x2 1.00', 'category y', 'item y1 1.00', 'item y2 1.00']
    .map((heading) => heading + texts)
    .join(''),
);

const VISITOR = newVisitor('a', NOW);
/** A visitor who looked at these, one after the other; a shelf is written with a slash. */
const looked = (...things: readonly string[]): Visitor =>
  things.reduce(
    (visitor, thing, at) => withLook(visitor, thing[0]!, thing.endsWith('/') ? null : thing, NOW + at),
    VISITOR,
  );
const repeat = (times: number, change: (visitor: Visitor, index: number) => Visitor) =>
  Array.from({ length: times }).reduce<Visitor>((visitor, _, index) => change(visitor, index), VISITOR);

test('the log keeps the last lines, and the count goes on', () => {
  const visitor = repeat(LOG_LINES_MAX + 5, (each, index) => withPage(each, 'GET', `/${index}`, NOW + index));
  expect(visitor.log).toHaveLength(LOG_LINES_MAX);
  expect(visitor.log[0]?.path).toBe('/5');
  expect(visitor).toMatchObject({ requests: LOG_LINES_MAX + 5, lastSeenAt: NOW + LOG_LINES_MAX + 4, firstSeenAt: NOW });
});

test('looks are kept once for each thing, the latest last, and the oldest go', () => {
  expect(looked('x1', 'y1', 'x1').looks.map(({ item, times }) => [item, times])).toEqual([
    ['y1', 1],
    ['x1', 2],
  ]);
  const many = repeat(LOOKS_MAX + 3, (each, index) => withLook(each, 'x', `i${index}`, NOW));
  expect(itemsSeen(many)).toHaveLength(LOOKS_MAX);
  expect(itemsSeen(many)[0]).toBe('i3');
});

test('a basket stays within its limits, and what falls to nothing is gone', () => {
  expect(withPieces(VISITOR, 'x1', 500).basket).toEqual([{ item: 'x1', count: PIECES_MAX }]);
  expect(withPieces(withPieces(VISITOR, 'x1', 2), 'x1', -2).basket).toEqual([]);
  expect(withPieces(VISITOR, 'x1', -1).basket).toEqual([]);
  expect(repeat(BASKET_LINES_MAX + 1, (each, index) => withPieces(each, `i${index}`, 1)).basket).toHaveLength(
    BASKET_LINES_MAX,
  );
});

test('under a new id everything else stays', () => {
  const visitor = looked('x1');
  expect(underNewId(visitor, 'b', NOW + 5)).toEqual({ ...visitor, id: 'b', cookieSetAt: NOW + 5 });
});

test.each([
  [[], null],
  [['x/'], ['x1', 'x2']],
  [['x1'], ['x2']],
  [['y/', 'x1'], ['x2']],
  [['y1', 'x1', 'x2'], ['y2']],
  [['x1', 'x2', 'y1', 'y2'], null],
] as const)('who looked at %j is shown %j', (things, items) => {
  const because = becauseYouLooked(looked(...things), CATALOGUE);
  expect(because?.items.map(({ id }) => id) ?? null).toEqual(items);
});

test('a look is counted once, with each pair that it makes', () => {
  expect(talliesOfLook(VISITOR, 'x1')).toEqual(['x1']);
  expect(talliesOfLook(looked('y1', 'x/', 'x2'), 'x1')).toEqual(['x1', 'x1 y1', 'x1 x2']);
  expect(talliesOfLook(looked('x1'), 'x1')).toEqual([]);
});

test('visitors like you: what most of them looked at comes first, with the pair that speaks for it', () => {
  const sums = new Map([
    ['x1', 10],
    ['y1', 4],
    ['x1 x2', 2],
    ['x1 y2', 5],
    ['x2 y1', 2],
    ['y1 y2', 1],
  ]);
  const visitor = looked('x1', 'y1');
  expect(talliesToRead(visitor, CATALOGUE).toSorted()).toEqual([...sums.keys()].toSorted());
  expect(
    visitorsLikeYou(visitor, CATALOGUE, sums).map(({ item, seen, both, all }) => [item.id, seen.id, both, all]),
  ).toEqual([
    ['y2', 'x1', 5, 10],
    ['x2', 'y1', 2, 4],
  ]);
  expect(visitorsLikeYou(VISITOR, CATALOGUE, sums)).toEqual([]);
  expect(visitorsLikeYou(visitor, CATALOGUE, new Map())).toEqual([]);
});

const FORM = { name: 'Ada', password: 'correct horse', address: '7 Harbour Lane' };
test.each([
  [{}, []],
  [{ name: '김하늘' }, []],
  [{ name: '😀'.repeat(40) }, []],
  [{ name: ' ' }, ['name']],
  [{ name: 'x'.repeat(41) }, ['name']],
  [{ name: 'a\u0000b' }, ['name']],
  [{ name: 'a\u202eb' }, ['name']],
  [{ name: 'a\u2028b' }, ['name']],
  [{ password: '1234567' }, ['password']],
  [{ password: 'x'.repeat(129) }, ['password']],
  [{ address: 'a\nb' }, ['address']],
  [{ name: '', password: '', address: '' }, ['name', 'password', 'address']],
])('a form with %j has these faults: %j', (change, faults) => {
  expect(faultsOf({ ...FORM, ...change })).toEqual(faults);
});

test('names that look alike are one customer', () => {
  const keys = ['Ada', ' ada ', 'ＡＤＡ', 'aDa'].map(customerKey);
  expect(new Set(keys)).toEqual(new Set(['ada']));
  expect(cleanText('e\u0301 ')).toBe('\u00e9');
});

const CUSTOMER: Customer = { key: 'ada', name: 'Ada', address: 'x', passwordHash: '', since: NOW, orders: [] };
const LINES = [{ item: 'x1', count: 2, cents: 150 }];

test('an order is placed once under its number, never empty, and none is lost when there are too many', () => {
  const first = placeOrder(CUSTOMER, 'one', LINES, NOW);
  if (first.kind !== 'ordered') throw new Error(first.kind);
  expect(first.customer.orders).toEqual([{ number: 'one', at: NOW, lines: LINES }]);
  expect(placeOrder(first.customer, 'one', LINES, NOW).kind).toBe('known');
  expect(placeOrder(CUSTOMER, 'two', [], NOW).kind).toBe('empty');
  const orders = Array.from({ length: ORDERS_MAX }, (_, index) => ({ number: `${index}`, at: NOW, lines: LINES }));
  expect(placeOrder({ ...CUSTOMER, orders }, 'more', LINES, NOW).kind).toBe('full');
  expect(totalOf(LINES)).toBe(300);
});

test('a session ends half an hour after its last use, and twelve hours after its beginning', () => {
  const session = { customer: 'ada', visitor: 'a', begunAt: NOW };
  expect(sessionEnd(session, NOW) - NOW).toBe(30 * 60_000);
  expect(sessionEnd(session, NOW + 11.9 * 3_600_000) - NOW).toBe(12 * 3_600_000);
});

test('tries are counted in windows, for each name by itself, within a bound', () => {
  const limit = new AttemptLimit(2, 1000);
  for (const at of [0, 400]) {
    expect(limit.waitMs('a', at)).toBe(0);
    limit.count('a', at);
  }
  expect([limit.waitMs('a', 400), limit.waitMs('b', 400), limit.waitMs('a', 1000)]).toEqual([600, 0, 0]);
  limit.count('a', 500);
  limit.clear('a');
  expect(limit.waitMs('a', 500)).toBe(0);
  for (const at of [0, 0]) limit.count('first', at);
  for (let index = 0; index < 2000; index += 1) limit.count(`flood ${index}`, 0);
  expect(limit.waitMs('first', 1)).toBe(0);
});
