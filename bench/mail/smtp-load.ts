import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cpuSeconds, type Server } from '../processes.ts';

const execute = promisify(execFile);

/** How often a Maildir is looked at for the last message, in milliseconds, and for how long. */
const LOOK_MS = 2;
const PATIENCE_MS = 120_000;

/** What is left to do after the delivery (the queue is emptied) counts as CPU time; so long it may take, in milliseconds. */
const SETTLE_MS = 300;

/** Messages of one run of smtp-source, over so many sessions that last. */
export interface SmtpBurst {
  readonly messages: number;
  readonly octets: number;
  readonly sessions: number;
}

/** A server that takes messages, its processes, and the Maildirs in which they are to appear. */
export interface Receiver {
  readonly name: string;
  readonly server: Server;
  /** Whose CPU time is counted. */
  readonly servers: readonly Server[];
  readonly domain: string;
  maildirOf(account: string): string;
}

export interface BurstResult {
  /** Until the last message was in the Maildir, and until the last was acknowledged. */
  readonly deliveredS: number;
  readonly acceptedS: number;
  readonly cpuS: number;
}

/** Sends a burst, and waits until all of it is in the Maildir: RFC 5321's 250 after the data, and final delivery. */
export async function sendBurst(receiver: Receiver, account: string, burst: SmtpBurst): Promise<BurstResult> {
  const { server, servers, domain } = receiver;
  const maildir = receiver.maildirOf(account);
  const before = messagesIn(maildir);
  const words = ['-d', '-l', String(burst.octets), '-m', String(burst.messages), '-s', String(burst.sessions)];
  const envelope = ['-M', 'client.example', '-f', 'sender@client.example', '-t', `${account}@${domain}`];
  const cpuBefore = cpuOf(servers);
  const begun = performance.now();
  await execute('smtp-source', [...words, ...envelope, `inet:${server.address}:${server.port}`], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const acceptedS = (performance.now() - begun) / 1000;
  while (messagesIn(maildir) < before + burst.messages) {
    if (performance.now() - begun > PATIENCE_MS)
      throw new Error(`${server.name}: ${messagesIn(maildir) - before} of ${burst.messages} messages were delivered`);
    await pause(LOOK_MS);
  }
  const deliveredS = (performance.now() - begun) / 1000;
  await pause(SETTLE_MS);
  return { deliveredS, acceptedS, cpuS: cpuOf(servers) - cpuBefore };
}

function cpuOf(servers: readonly Server[]): number {
  return servers.reduce((sum, server) => sum + cpuSeconds(server.pid), 0);
}

function messagesIn(maildir: string): number {
  return ['new', 'cur'].reduce((sum, folder) => sum + filesIn(join(maildir, folder)), 0);
}

/** Postfix makes a Maildir at the first delivery. */
function filesIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
