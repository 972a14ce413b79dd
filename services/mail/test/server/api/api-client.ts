import type { MailHost } from '../../mail-world.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  // The test says what it expects of it.
  readonly body: Record<string, never>;
}

/** Asks the API of a host, as a test suite elsewhere would. */
export async function ask({ host }: MailHost, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`http://${host.address}:8025/api/v1${path}`, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : { text } };
}

export function post(host: MailHost, path: string, body: unknown = {}, method = 'POST'): Promise<Answer> {
  return ask(host, path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** A letter of alice's to bob. */
export function letter(change: object = {}): object {
  return { from: 'alice@crepes.fr', to: ['bob@hamburger.edu'], subject: 'hello', text: 'Is it 42?', ...change };
}
