import { describe, expect, test } from 'vitest';
import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { readLabMap } from '#shared/host/lab-map.ts';
import { LANGUAGES } from '#shared/page/language.ts';
import { renderExplainShell } from '../../src/page/explain-shell.ts';
import { HTTP_EXAMPLES } from '../../src/page/http-examples.ts';
import { renderHttpShell } from '../../src/page/http-shell.ts';
import { renderP2pShell } from '../../src/page/p2p-shell.ts';
import { renderShell } from '../../src/page/shell.ts';
import { WORDS } from '../../src/page/words.ts';

/** The lab's real map: what the page says of it is counted there. */
const map: LabMap = readLabMap('docker-compose.yml', {});
const isRoot = ({ address }: HostOnMap) => address.split('.')[2] === '1';

/** What a person reads of a page, without its marks. */
const textOf = (html: string) => html.replace(/ data-words="[^"]*"/, '').replace(/<[^>]*>/g, ' ');

describe.each(LANGUAGES)('in %s', (language) => {
  const pages = [renderShell(language, { map }), renderExplainShell(language, map), renderHttpShell(language, map)];

  test('ERR-11 of the root the page says that it has 13 names, and counts the servers of this lab', () => {
    const roots = map.hosts.filter(isRoot).length;
    expect(roots).toBeGreaterThanOrEqual(2);
    const sentence = WORDS[language].rootServers.replace('{n}', '13').replace('{m}', String(roots));
    for (const page of pages.slice(0, 2)) {
      expect(textOf(page)).toContain(sentence);
      expect(sentence).toMatch(/13 names|이름은.*13개/);
    }
  });

  test('ERR-11 nowhere does it say that 13 organisations run the root', () => {
    const everything = [...pages.map(textOf), JSON.stringify(WORDS[language])].join('\n');
    expect(everything).not.toMatch(/13\s*organi[sz]ations|13\s*개?\s*(의\s*)?(기관|조직|단체)/i);
  });

  test('who has no mouse goes past the hosts to the messages with one key', () => {
    const link = pages[0]!.indexOf('<a class="skip" href="#list">');
    expect(link).toBeGreaterThan(0);
    expect(link).toBeLessThan(pages[0]!.indexOf('id="hosts"'));
    expect(pages[0]).toMatch(/<div id="list"[^>]* tabindex="0"/);
  });

  test('ERR-13 the servers of com and edu are TLD servers, never TLS servers', () => {
    expect(WORDS[language].parts.tld).toMatch(/TLD.*(top-level domain|최상위 도메인)/);
    expect(textOf(pages[0]!)).toContain(WORDS[language].parts.tld);
    expect(WORDS[language].explain.columns.tld).toContain('TLD');
    expect(JSON.stringify(WORDS[language])).not.toMatch(/TLS\s*(server|서버)/i);
  });

  test('the certificate of the lab can be had, with a sentence about where not to put it', () => {
    expect(pages[0]).toContain('href="/ca.crt" download');
    expect(textOf(pages[0]!)).toMatch(/do not install it in your own browser|자신의 브라우저에는 설치하지 마세요/);
  });

  test('a name can be explained by every local DNS server of the map', () => {
    const resolvers = map.hosts.filter(({ program }) => program === 'resolver');
    for (const { name, address } of resolvers) {
      expect(pages[1]).toContain(`<option value="${name}" data-address="${address}">`);
    }
  });
});

test('HTTP can be spoken to every web server and to the cache, and each example has a name in both languages', () => {
  const page = renderHttpShell('en', map);
  for (const { name, program } of map.hosts) {
    const speaks = program === 'origin' || program === 'proxy';
    expect(page.includes(`<option value="${name}">`), name).toBe(speaks);
  }
  for (const { key, host } of Object.values(HTTP_EXAMPLES).flat()) {
    expect(map.hosts.map(({ name }) => name)).toContain(host);
    for (const language of LANGUAGES) expect(Object.keys(WORDS[language].http.examples)).toContain(key);
  }
  for (const group of Object.keys(HTTP_EXAMPLES)) expect(Object.keys(WORDS.ko.http.groups)).toContain(group);
});

test.each(LANGUAGES)(
  'ERR-16 in %s the calculator says that P2P is never slower, and that "always faster" is too much',
  (language) => {
    const text = textOf(renderP2pShell(language, map));
    expect(text).toMatch(/P2P is never slower than client-server|P2P는 클라이언트-서버보다 느린 법이 없습니다/);
    expect(text).toMatch(/"Always faster" would be too much|"항상 빠르다"는 지나친 말/);
  },
);

test('the page of the swarm knows every peer of the map, and which of them made the file', () => {
  const page = renderP2pShell('en', map);
  const peers = map.hosts.filter(({ program }) => program === 'peer');
  expect(peers.length).toBeGreaterThanOrEqual(5);
  for (const { name, address, environment } of peers) {
    const place = new RegExp(`<i data-host="${name}" data-address="${address}" data-program="peer"[^>]*>`).exec(
      page,
    )?.[0];
    expect(place?.includes('data-makes'), name).toBe(environment.MAKE_FILE !== undefined);
  }
});

test('both languages have the same words, with the same places for what the lab says', () => {
  const places = (value: unknown): unknown => {
    if (typeof value === 'string') return [...new Set(value.match(/\{[nm]\}/g))].sort();
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, places(inner)]));
  };
  expect(places(WORDS.ko)).toEqual(places(WORDS.en));
});
