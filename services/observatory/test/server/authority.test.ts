import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpApp } from '#shared/host/http-app.ts';
import { createTestHost, type TestHost } from '#shared/host/test-host.ts';
import { openTls, readAuthorityCertificate } from '#shared/host/tls.ts';
import { addAuthorityRoutes } from '../../src/server/authority-routes.ts';

let host: TestHost;

beforeEach(() => {
  host = createTestHost({ name: 'observatory', suffix: '90.60' });
});

afterEach(() => host.remove());

function get() {
  const app = createHttpApp({});
  addAuthorityRoutes(app, () => readAuthorityCertificate(host));
  return app.inject('/ca.crt');
}

test('the certificate of the authority can be downloaded as soon as a host has needed it, and its key cannot', async () => {
  expect((await get()).statusCode).toBe(404);

  await openTls(host, ['www.someschool.edu']);
  const answer = await get();

  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-disposition']).toContain('topdown-ca.crt');
  expect(new X509Certificate(answer.body).ca).toBe(true);
  expect(answer.body).not.toContain('PRIVATE KEY');
});
