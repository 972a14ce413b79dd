import type { Running } from '#shared/host/program.ts';
import { createTestHost, startOn, type TestHost } from '#shared/host/test-host.ts';
import { formatCookie } from '#shared/http/cookie.ts';
import { cookiesFor, type Jar, storeCookie } from '#shared/http/cookie-jar.ts';
import { fieldLines } from '#shared/http/fields.ts';
import { RawClient, type RawResponse } from '#shared/http/test/raw-client.ts';
import { program } from '../../../src/program.ts';

/** The host of the shop, with its real files. */
const SHOP_DIR = new URL('../../../../../infra/hosts/www-amazon', import.meta.url).pathname;
export const SHOP = 'www.amazon.com';

export interface ShopWorld {
  readonly host: TestHost;
  readonly running: Running;
  stop(): Promise<void>;
}

/** Starts the program of the origin on the host of the shop. */
export async function openShopWorld(
  suffix: string,
  change: (host: TestHost) => TestHost = (host) => host,
  environment: Readonly<Record<string, string>> = {},
): Promise<ShopWorld> {
  const host = change(createTestHost({ name: 'www-amazon', suffix, dir: SHOP_DIR }));
  const running = await startOn(program, host, environment);
  const stop = async () => {
    await running.stop();
    await host.remove();
  };
  return { host, running, stop };
}

export interface Seen extends RawResponse {
  /** The Cookie line that was sent, or null. */
  readonly cookieLine: string | null;
  readonly text: string;
}

/** A browser as far as cookies go: it speaks raw HTTP/1.1, keeps a jar and gives back what RFC 6265 says. */
export class ShopBrowser {
  jar: Jar = [];
  language = 'en';
  readonly host: TestHost;

  constructor(host: TestHost) {
    this.host = host;
  }

  /** The value of a cookie in the jar. */
  cookie(name: string): string | undefined {
    return this.jar.find((cookie) => cookie.name === name)?.value;
  }

  get(path: string, ...lines: string[]): Promise<Seen> {
    return this.send('GET', path, lines, '');
  }

  /** Sends a form as it stands on `page`, with the token that is there, and the fields given. */
  async submit(
    page: Seen,
    action: string,
    fields: Readonly<Record<string, string>>,
    ...lines: string[]
  ): Promise<Seen> {
    const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return this.post(action, { token, ...fields }, ...lines);
  }

  post(action: string, fields: Readonly<Record<string, string>>, ...lines: string[]): Promise<Seen> {
    const body = new URLSearchParams(fields).toString();
    const own = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
    return this.send('POST', action, [...own, `Origin: http://${SHOP}`, ...lines], body);
  }

  /** Becomes a customer. */
  async signUp(name: string, password = 'correct horse'): Promise<Seen> {
    const page = await this.get('/sign-up');
    return this.submit(page, '/sign-up', { name, password, address: '7 Harbour Lane', next: '/orders' });
  }

  async signIn(name: string, password = 'correct horse'): Promise<Seen> {
    return this.submit(await this.get('/sign-in'), '/sign-in', { name, password, next: '/orders' });
  }

  async send(method: string, path: string, lines: readonly string[], body: string, site = SHOP): Promise<Seen> {
    const { host } = this;
    const to = { host: site, path: path.split('?')[0]!, secure: false };
    const pairs = cookiesFor(this.jar, to, host.clock.now());
    const cookieLine = pairs.length === 0 ? null : formatCookie(pairs);
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${site}`,
      `Accept-Language: ${this.language}`,
      ...(cookieLine === null ? [] : [`Cookie: ${cookieLine}`]),
      ...lines,
      'Connection: close',
    ];
    const answer = await RawClient.ask(host.address, 80, `${head.join('\r\n')}\r\n\r\n${body}`, method === 'HEAD');
    for (const line of fieldLines(answer.fields, 'Set-Cookie'))
      this.jar = storeCookie(this.jar, line, to, host.clock.now()).jar;
    return { ...answer, cookieLine, text: answer.body.toString('utf8') };
  }
}

export interface RowSeen {
  readonly visitor: {
    readonly id: string;
    readonly requests: number;
    readonly customer: string | null;
    readonly basket: readonly { readonly item: string; readonly count: number }[];
    readonly log: readonly { readonly at: number; readonly method: string; readonly path: string }[];
  };
  readonly isSignedIn: boolean;
  readonly orders?: readonly { readonly lines: readonly object[] }[];
}

/** The row of the visitor, as the shop tells it to whoever has the cookie. */
export async function rowOf(browser: ShopBrowser): Promise<RowSeen> {
  return JSON.parse((await browser.get('/lab/visitor.json')).text) as RowSeen;
}
