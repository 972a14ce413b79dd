import { eventually } from '../../eventually.ts';
import { PATIENCE_MS } from '../../line-client.ts';
import { type MailHost, type MailWorld, queueOf } from '../../mail-world.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  // The test says what it expects of it.
  readonly body: Record<string, never>;
}

/** Asks the API of a host, as a test suite elsewhere would; a wait that says no time of its own has all that a busy machine needs. */
export async function ask({ host }: MailHost, path: string, init: RequestInit = {}): Promise<Answer> {
  const isWait = path.startsWith('/messages/wait') && !path.includes('timeoutMs=');
  const patience = isWait ? `${path.includes('?') ? '&' : '?'}timeoutMs=${PATIENCE_MS}` : '';
  const response = await fetch(`http://${host.address}:8025/api/v1${path}${patience}`, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : { text } };
}

export function post(host: MailHost, path: string, body: unknown = {}, method = 'POST'): Promise<Answer> {
  return ask(host, path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** Empties both hosts, when nothing of the test before is on its way any more. */
export async function resetBoth({ crepes, hamburger }: MailWorld): Promise<void> {
  await eventually(async () => {
    const entries = [...(await queueOf(crepes)), ...(await queueOf(hamburger))];
    return entries.every(({ isBeingTried }) => !isBeingTried);
  }, 'the end of all tries');
  await post(crepes, '/reset');
  await post(hamburger, '/reset');
}

/** A letter of alice's to bob. */
export function letter(change: object = {}): object {
  return { from: 'alice@crepes.fr', to: ['bob@hamburger.edu'], subject: 'hello', text: 'Is it 42?', ...change };
}
