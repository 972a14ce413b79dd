import { beforeEach, expect, test } from 'vitest';

// The browser's own file, as it is: it has types in comments, which this project's compiler reads in src/page.
const { KEPT_MAX, ReportList } = await import(new URL('../../src/page/report-list.js', import.meta.url).href);

let list: InstanceType<typeof ReportList>;
let seq = 0;

function reports(count: number, kind = 'dns.query', host = 'resolver') {
  return Array.from({ length: count }, () => ({ seq: ++seq, kind, host, summary: `${kind} number ${seq}` }));
}

function seen(): number[] {
  return list.visible.map((report: { seq: number }) => report.seq);
}

beforeEach(() => {
  seq = 0;
  list = new ReportList((report: { summary: string }) => report.summary);
});

test('protocols, host and text all have to fit', () => {
  list.add([...reports(2), ...reports(2, 'http.request', 'proxy')]);
  list.refine({ protocols: new Set(['http']) });
  expect(seen()).toEqual([3, 4]);
  list.refine({ text: 'number 4' });
  expect(seen()).toEqual([4]);
  list.refine({ host: 'resolver' });
  expect(seen()).toEqual([]);
  list.refine({ host: null, text: '', protocols: new Set() });
  expect(seen()).toEqual([1, 2, 3, 4]);
});

test('the list is bounded, and says how many rows have gone from the front', () => {
  let gone = 0;
  for (let batch = 0; batch < 12; batch += 1) gone += list.add(reports(1_000));
  expect(list.kept).toBeLessThanOrEqual(KEPT_MAX + 500);
  expect(gone).toBe(12_000 - list.visible.length);
  expect(list.visible.at(-1).seq).toBe(12_000);
});

test('a pause freezes what is seen; going on brings what came meanwhile', () => {
  list.add(reports(2));
  list.pause(true);
  list.add(reports(3));
  expect([seen(), list.waiting]).toEqual([[1, 2], 3]);
  list.pause(false);
  expect([seen(), list.waiting]).toEqual([[1, 2, 3, 4, 5], 0]);
});

test('a long pause does not fill the memory', () => {
  list.pause(true);
  for (let batch = 0; batch < 12; batch += 1) list.add(reports(1_000));
  expect(list.waiting).toBeLessThanOrEqual(KEPT_MAX + 500);
});
