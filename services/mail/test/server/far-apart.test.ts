import { expect, test } from 'vitest';
import { TEST_NET } from '#shared/host/test-host.ts';
import { LongWay } from '../long-way.ts';
import { ALICE, BOB, openMailWorld, openSmtp, readMailbox, sendMail, untilMail } from '../mail-world.ts';

/** As between Korea and France, in milliseconds: half of a round trip of 150. */
const ONE_WAY_MS = 75;
/** The greeting, EHLO, the transaction with its three commands in a group, and the message: no fewer answers are waited for. */
const ROUND_TRIPS_MIN = 4;
/** A timer of Node counts from the beginning of its turn: it may end so much too early, in milliseconds. */
const TIMER_EARLY_MS = 5;

test('SMTP-05 however far apart the two servers are, 150 ms there and back, the message goes straight from one to the other', async () => {
  const far = `${TEST_NET}.239.9`;
  const world = await openMailWorld(239, { names: { 'mail.hamburger.edu': [far] } });
  const way = await LongWay.open(far, world.hamburger.host.address, 25, ONE_WAY_MS);
  try {
    const agent = await openSmtp(world.crepes, 587, ALICE);
    const begun = performance.now();
    await sendMail(agent, 'alice@crepes.fr', ['bob@hamburger.edu'], 'From: alice@crepes.fr\r\nSubject: far\r\n\r\nfar');
    await untilMail(world.hamburger, 'bob', 1);
    const [message = ''] = await readMailbox(world.hamburger, BOB);

    expect(performance.now() - begun).toBeGreaterThan(ROUND_TRIPS_MIN * (ONE_WAY_MS - TIMER_EARLY_MS) * 2);
    expect(way.connections).toBe(1);
    expect(message.match(/^Received: from \S+/gim)).toHaveLength(2);
    agent.drop();
  } finally {
    await way.close();
    await world.end();
  }
});
