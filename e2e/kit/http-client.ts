import { request } from 'node:http';
import type { Endpoint } from '#shared/report.ts';

export interface FetchedPage {
  readonly status: number;
  /** Field values by lower-case name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a request has that is more than a GET. */
export interface Sent {
  readonly method: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Fetches `url` as a browser with a configured proxy does: the request goes to the proxy, in absolute form. */
export function fetchThrough(
  proxy: Endpoint,
  url: string,
  { method, fields = {}, body }: Sent = { method: 'GET' },
): Promise<FetchedPage> {
  const headers = { host: new URL(url).host, ...fields };
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: proxy.address, port: proxy.port, path: url, method, headers, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const fields = Object.fromEntries(
            Object.entries(response.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
          );
          resolve({ status: response.statusCode ?? 0, fields, body: Buffer.concat(parts).toString('utf8') });
        });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}
