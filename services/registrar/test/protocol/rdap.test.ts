import { expect, test } from 'vitest';
import {
  fitsPattern,
  patternFault,
  RESULTS_MAX,
  rdapBootstrap,
  rdapDomain,
  rdapDomainSearch,
  rdapError,
  rdapHelp,
  rdapNameserver,
} from '../../src/protocol/rdap.ts';

const service = {
  ...{
    base: 'http://registrar.topdown.org/rdap/',
    registrar: 'registrar.topdown.org',
    now: '2026-11-20T01:00:00.000Z',
  },
};
const registration = {
  ...({ name: 'networkutopia.com', status: 'active', registrant: 'Network Utopia', pending: null } as const),
  nameServers: [
    { name: 'dns1.networkutopia.com', address: '10.53.3.1' },
    { name: 'dns2.networkutopia.com', address: '10.53.3.2' },
  ],
  ...{ createdAt: '2026-11-20T00:00:00.000Z', changedAt: '2026-11-20T00:30:00.000Z' },
};

test('a domain has its names, servers, events, entities and links (RFC 9083, section 5.3)', () => {
  const href = 'http://registrar.topdown.org/rdap/domain/networkutopia.com';
  expect(rdapDomain(registration, 'networkutopia.com', service)).toMatchObject({
    rdapConformance: ['rdap_level_0'],
    objectClassName: 'domain',
    ldhName: 'networkutopia.com',
    status: ['active'],
    nameservers: [
      { objectClassName: 'nameserver', ldhName: 'dns1.networkutopia.com', ipAddresses: { v4: ['10.53.3.1'] } },
      { objectClassName: 'nameserver', ldhName: 'dns2.networkutopia.com', ipAddresses: { v4: ['10.53.3.2'] } },
    ],
    secureDNS: { delegationSigned: false },
    events: [
      { eventAction: 'registration', eventDate: registration.createdAt },
      { eventAction: 'last changed', eventDate: registration.changedAt },
      { eventAction: 'last update of RDAP database', eventDate: service.now },
    ],
    entities: [
      { objectClassName: 'entity', roles: ['registrar'] },
      {
        vcardArray: [
          'vcard',
          [
            ['version', {}, 'text', '4.0'],
            ['fn', {}, 'text', 'Network Utopia'],
          ],
        ],
        roles: ['registrant'],
      },
    ],
    links: [{ value: href, rel: 'self', href, type: 'application/rdap+json' }],
    port43: 'registrar.topdown.org',
    notices: [{ title: 'About this service' }],
  });
});

test('the registrant is no entity where none was given; a name of other letters has both of its forms', () => {
  const domain = rdapDomain({ ...registration, name: 'xn--bj0bj06e.kr', registrant: '' }, '한글.kr', service);
  expect(domain).toMatchObject({ ldhName: 'xn--bj0bj06e.kr', unicodeName: '한글.kr' });
  expect(domain.entities).toHaveLength(1);
  expect(rdapDomain(registration, registration.name, service)).not.toHaveProperty('unicodeName');
});

test.each([
  ['pendingCreate', 'pending create'],
  ['active', 'active'],
  ['pendingUpdate', 'pending update'],
  ['pendingDelete', 'pending delete'],
] as const)('the status %s is "%s" in RDAP (RFC 8056, section 2)', (status, word) => {
  expect(rdapDomain({ ...registration, status }, registration.name, service).status).toEqual([word]);
});

test('a name server has its addresses, and the domains that name it', () => {
  const server = { name: 'dns1.networkutopia.com', addresses: ['10.53.3.1'], domains: ['networkutopia.com'] };
  expect(rdapNameserver(server, service)).toMatchObject({
    objectClassName: 'nameserver',
    ldhName: server.name,
    ipAddresses: { v4: ['10.53.3.1'] },
    remarks: [{ description: ['It serves networkutopia.com'] }],
  });
});

test('a search says when it does not show all (RFC 9083, section 9)', () => {
  const found = [{ registration, unicodeName: registration.name }];
  expect(rdapDomainSearch(found, false, service).domainSearchResults).toHaveLength(1);
  expect(rdapDomainSearch(found, true, service).notices).toMatchObject([
    { type: 'result set truncated due to excessive load', description: [expect.stringContaining(String(RESULTS_MAX))] },
    { title: 'About this service' },
  ]);
});

test('help is notices, and an error is code, title and description (RFC 9083, sections 6 and 7)', () => {
  expect(Object.keys(rdapHelp(service)).sort()).toEqual(['lang', 'notices', 'rdapConformance']);
  expect(rdapError(404, 'Not Found', 'It is not here')).toEqual({
    ...{ rdapConformance: ['rdap_level_0'], lang: 'en', errorCode: 404, title: 'Not Found' },
    description: ['It is not here'],
  });
});

test('the bootstrap file leads from top-level domains to the service (RFC 9224, section 4)', () => {
  expect(rdapBootstrap(['com', 'net'], '2026-11-20T00:00:00Z', service.base)).toMatchObject({
    ...{ version: '1.0', publication: '2026-11-20T00:00:00Z', services: [[['com', 'net'], [service.base]]] },
  });
});

test.each([
  ['network*.com', true],
  ['*.com', true],
  ['networkutopia.com', true],
  ['NETWORK*', true],
  ['net*.org', false],
  ['networkutopia.com*com', false],
  ['utopia.com', false],
])('the pattern %s: %s (RFC 9082, section 4.1)', (pattern, fits) => {
  expect(fitsPattern('networkutopia.com', pattern)).toBe(fits);
});

test.each([
  ['net*.c*', 422],
  ['a b', 400],
  ['', 400],
])('the pattern %j is refused with %i', (pattern, status) => {
  expect(patternFault(pattern)?.status).toBe(status);
  expect(patternFault('net*.com')).toBeNull();
});
