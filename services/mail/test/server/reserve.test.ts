import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MailWorld, openMailWorld } from '../mail-world.ts';
import { WebBrowser } from '../web-browser.ts';
import { letter, post } from './api/api-client.ts';

let world: MailWorld;

beforeEach(async () => {
  // No disk has so much.
  world = await openMailWorld(242, { crepes: { DISK_FREE_OCTETS_MIN: String(Number.MAX_SAFE_INTEGER) } });
});

afterEach(() => world.end());

/** All that the queue and the mailboxes have in files. */
function written(): string[] {
  const { stateDir } = world.crepes.host;
  const folders = ['', '.Sent', '.Drafts'].flatMap((name) => ['tmp', 'new', 'cur'].map((folder) => join(name, folder)));
  return [join(stateDir, 'queue'), ...folders.map((folder) => join(stateDir, 'mail', 'alice', folder))]
    .flatMap((folder) => readdirSync(folder))
    .filter((file) => file !== 'journal');
}

test.each(['send', 'keep'])(
  'where new mail has taken its part of the disk, what was typed stays in the form: %s',
  async (act) => {
    const browser = new WebBrowser(world.crepes.host.address);
    await browser.logIn();
    const typed = { act, to: 'bob@hamburger.edu', subject: 'hello', text: 'What was typed' };
    const { status, html } = await browser.send(typed, [
      { filename: 'a.txt', type: 'text/plain', content: Buffer.from('a') },
    ]);
    expect(status).toBe(422);
    expect(html).toMatch(/role="alert">The server’s disk is full\./);
    expect(html).toContain('What was typed');
    expect(written()).toEqual([]);
  },
);

test('the API refuses a letter then as SMTP does, whoever it is from, and nothing of it is left', async () => {
  for (const from of ['alice@crepes.fr', 'x@outside.example']) {
    const { status, body } = await post(world.crepes, '/messages', letter({ from, to: ['alice@crepes.fr'] }));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(body)).toContain('4.3.1');
  }
  expect(written()).toEqual([]);
});
