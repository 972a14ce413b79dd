import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAuthorityCertificate } from '#shared/host/tls.ts';
import { storeCookie } from '#shared/http/cookie-jar.ts';
import { openShopWorld, SHOP, type ShopWorld } from './shop-browser.ts';

let world: ShopWorld;

beforeAll(async () => {
  world = await openShopWorld('10.24', undefined, { HTTPS: 'true' });
});
afterAll(() => world.stop());

function getOverTls(path: string, cookie = ''): Promise<{ setCookie: readonly string[]; body: string }> {
  return new Promise((resolve, reject) => {
    const { host } = world;
    const sent = request(
      {
        ...{ host: host.address, port: 443, servername: SHOP, path, agent: false },
        ca: readAuthorityCertificate(host) ?? '',
        headers: { Host: SHOP, 'Accept-Language': 'en', Cookie: cookie },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ setCookie: response.headers['set-cookie'] ?? [], body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

test('over TLS the cookie is Secure and has the prefix __Host-, and a browser takes it', async () => {
  const { setCookie } = await getOverTls('/');
  expect(setCookie).toHaveLength(1);
  expect(setCookie[0]).toMatch(
    /^__Host-visitor=[A-Za-z0-9_-]{32}; Path=\/; Max-Age=2592000; Expires=[^;]+; Secure; HttpOnly; SameSite=Lax$/,
  );
  const stored = storeCookie([], setCookie[0]!, { host: SHOP, path: '/', secure: true }, world.host.clock.now());
  expect(stored).toMatchObject({ kind: 'stored', jar: [{ secure: true, hostOnly: true, httpOnly: true }] });
  const [pair] = setCookie[0]!.split(';');
  expect((await getOverTls('/', pair)).body).toContain('Welcome back.');
});

test('over TLS a cookie without the prefix, which a page without TLS could have set, is no cookie of the shop', async () => {
  const { setCookie } = await getOverTls('/');
  const id = /=([^;]+)/.exec(setCookie[0]!)![1]!;
  expect((await getOverTls('/', `visitor=${id}`)).body).toContain('You are new here.');
  expect((await getOverTls('/', `visitor=planted; __Host-visitor=${id}`)).body).toContain('Welcome back.');
});
