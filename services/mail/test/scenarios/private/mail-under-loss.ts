/**
 * Runs in a network of its own (private-network.ts): alice writes to bob while every twentieth packet is lost, and bob fetches the
 * message. Prints a `MailUnderLoss`.
 */
import { createHash } from 'node:crypto';
import { losePackets, segmentsRepeated } from '#shared/host/test/kit/lose-packets.ts';
import {
  ALICE,
  BOB,
  eventually,
  mailCount,
  openMailWorld,
  openSmtp,
  readMailbox,
  reportsOf,
  sendMail,
} from '../../mail-world.ts';

export interface MailUnderLoss {
  /** SHA-256 of the body as it was sent and as it came. */
  readonly sent: string;
  readonly received: string;
  /** To which port of bob's server the message came. */
  readonly port: number | undefined;
  readonly packetsLost: number;
  readonly segmentsRepeated: number;
}

/** A twentieth: the five in a hundred of MAIL-07. */
const EVERY = 20;
const LINES = 20_000;

const world = await openMailWorld(20);
const body = `${Array.from({ length: LINES }, (_, line) => `line ${line}`).join('\r\n')}\r\n`;
const before = segmentsRepeated();
const stopLosing = losePackets(EVERY, '-p', 'tcp');
const agent = await openSmtp(world.crepes, 587, ALICE);
await sendMail(
  agent,
  'alice@crepes.fr',
  ['bob@hamburger.edu'],
  `From: alice@crepes.fr\r\nSubject: loss\r\n\r\n${body.slice(0, -2)}`,
);
await eventually(async () => (await mailCount(world.hamburger, 'bob')) === 1, 'the message');
const [message = ''] = await readMailbox(world.hamburger, BOB);
const packetsLost = stopLosing();
const data = (await reportsOf(world.hamburger)).find(({ kind }) => kind === 'smtp.data');
const report: MailUnderLoss = {
  sent: digest(body),
  received: digest(message.slice(message.indexOf('\r\n\r\n') + 4)),
  port: data?.to?.port,
  packetsLost,
  segmentsRepeated: segmentsRepeated() - before,
};
process.stdout.write(JSON.stringify(report));
agent.drop();
await world.end();

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
