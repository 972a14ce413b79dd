import { expect, test } from 'vitest';
import { passes, type ReportFilter } from '../../src/protocol/report-filter.ts';

const query = { host: 'resolver', kind: 'dns.query', exchange: 'client.1' };
const anything: ReportFilter = { host: null, kind: null, exchange: null };

test.each<[Partial<ReportFilter>, boolean]>([
  [{}, true],
  [{ host: 'resolver' }, true],
  [{ host: 'resolve' }, false],
  [{ kind: 'dns' }, true],
  [{ kind: 'dns.query' }, true],
  [{ kind: 'dns.response' }, false],
  [{ kind: 'dn' }, false],
  [{ kind: 'http,dns' }, true],
  [{ kind: 'http,tracker' }, false],
  [{ exchange: 'client.1' }, true],
  [{ exchange: 'client.11' }, false],
  [{ host: 'resolver', kind: 'http' }, false],
])('a DNS query at the resolver against %j: %j', (filter, expected) => {
  expect(passes({ ...anything, ...filter }, query)).toBe(expected);
});
