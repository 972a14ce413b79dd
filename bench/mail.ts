/**
 * Mail beside the field's own servers: receipt and delivery beside Postfix, mailboxes beside Dovecot.
 *
 *   npm run bench -- mail [--quick] [receipt] [relay] [imap] [append] [large] [idle] [pop3] [storm]
 *
 * All servers run on this machine at once, on one file system, and have their turns, round after round. Every figure is the median of the
 * rounds, with the least and the most in brackets; a ratio is that of one round. CPU time is that of all of a server's processes, of
 * the user and of the kernel. All that the servers keep lies in a folder that is removed at the end.
 *
 * Postfix and Dovecot have the durability that they come with: Postfix fsyncs a message in the queue before its 250 and in the
 * Maildir, and not the folders; ours fsyncs the folders too. Neither of the two writes a log; ours reports to Redis.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAppend } from './mail/append.ts';
import { benchIdle } from './mail/idle.ts';
import { benchImap, benchLarge } from './mail/imap.ts';
import { benchPop3 } from './mail/pop3.ts';
import { benchReceipt } from './mail/receipt.ts';
import { benchRelay } from './mail/relay.ts';
import { benchStorm } from './mail/storm.ts';
import type { Size, Surroundings } from './mail/surroundings.ts';
import { missingTools, startDaemon, untilListening } from './processes.ts';

/** Two octets of loopback that no lab uses. */
const NET = '127.68';
const REDIS_PORT = 16_368;
const PACKAGES = {
  'smtp-source': 'postfix',
  postfix: 'postfix',
  dovecot: 'dovecot-imapd dovecot-pop3d dovecot-lmtpd',
  'redis-server': 'redis-server',
};
/** As in the image of a host. */
const NODE_OPTIONS = '--max-semi-space-size=2';

const CALM: Size = { rounds: 5, messages: 2_000, mailbox: 10_000, largeMailbox: 100_000, connections: 1_000 };
const QUICK: Size = { rounds: 3, messages: 600, mailbox: 2_000, largeMailbox: 10_000, connections: 300 };

const PARTS: Readonly<Record<string, (surroundings: Surroundings) => Promise<void>>> = {
  receipt: benchReceipt,
  relay: benchRelay,
  imap: benchImap,
  append: benchAppend,
  large: benchLarge,
  idle: benchIdle,
  pop3: benchPop3,
  storm: benchStorm,
};

export async function benchMail(): Promise<void> {
  const missing = missingTools(PACKAGES) ?? missingRights();
  if (missing !== null) throw new Error(missing);
  const words = process.argv.slice(3);
  const size = words.includes('--quick') ? QUICK : CALM;
  const wanted = words.filter((word) => word !== '--quick');
  const unknown = wanted.filter((word) => PARTS[word] === undefined);
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: no part of this bench, which has ${Object.keys(PARTS).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'topdown-bench-mail-'));
  chmodSync(folder, 0o755);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const redisAddress = `${NET}.0.9`;
  const redisWords = ['--bind', redisAddress, '--port', String(REDIS_PORT), '--save', '', '--dir', folder];
  const redis = startDaemon('redis', ['redis-server', ...redisWords], redisAddress, REDIS_PORT);
  const environment = { NODE_OPTIONS, REDIS_URL: `redis://${redisAddress}:${REDIS_PORT}` };
  try {
    await untilListening(redis);
    for (const [part, measure] of Object.entries(PARTS)) {
      if (wanted.length > 0 && !wanted.includes(part)) continue;
      const at = join(folder, part);
      mkdirSync(at);
      await measure({ folder: at, net: NET, environment, size });
      rmSync(at, { recursive: true, force: true });
    }
  } finally {
    await redis.stop();
  }
}

/** Postfix and Dovecot become other users: that takes the rights of root, and not only those of root in a namespace. */
function missingRights(): string | null {
  const isWhole = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  return process.getuid?.() === 0 && isWhole ? null : 'Postfix and Dovecot change their user: run this bench as root';
}
