import { expect, test } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { parseAccountList } from '../../src/protocol/account-list.ts';
import { FAILURES_MAX } from '../../src/protocol/login-delay.ts';
import { Logins } from '../../src/server/logins.ts';

const DIRECTORY = {
  domains: ['crepes.fr'],
  accounts: parseAccountList('alice:{PLAIN}wonderland\n'),
  aliases: new Map(),
};

test('when the server stops nobody waits for the answer to a wrong password, nor to the next one', async () => {
  const logins = new Logins(DIRECTORY, new LabClock(), 600_000);
  const first = logins.check('alice', 'wrong', '127.0.0.1');
  logins.close();
  expect(await first).toBeNull();
  // A client may have sent several at once: each would hold up the stop for its own delay.
  expect(await logins.check('alice', 'wrong', '127.0.0.1')).toBeNull();
});

test('a program that tries the right password every minute is let in when the lock is over', async () => {
  const clock = new LabClock();
  const logins = new Logins(DIRECTORY, clock, 0);
  const tryPassword = (password: string) => logins.check('alice', password, '127.0.0.1');
  for (let failure = 0; failure < FAILURES_MAX; failure += 1) await tryPassword('wrong');
  for (let minute = 1; minute < 15; minute += 1) {
    clock.advance(60_000);
    expect(await tryPassword('wonderland')).toBeNull();
  }
  clock.advance(60_000);
  expect(await tryPassword('wonderland')).toBe('alice');
});

test.each(['alice', 'Alice', 'alice@crepes.fr', 'ALICE@Crepes.FR'])('%s is alice', (name) => {
  const logins = new Logins(DIRECTORY, new LabClock(), 0);
  expect(logins.accountNamed(name)).toBe('alice');
});
