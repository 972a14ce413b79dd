/**
 * A thread that receives on port 25 (smtp-threads.ts): it has a listening socket of its own on the port of all, and writes and
 * syncs the messages that come to it. The journal, the queue, the faults and the mailboxes are the main thread's.
 */
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type HostQuestion, openThreadHost } from '#shared/host/thread-host.ts';
import { ThreadLine } from '#shared/host/thread-line.ts';
import type { ThreadOrder } from '#shared/host/threads.ts';
import { DiskSpace } from '../store/disk-space.ts';
import { FaultBoard } from './fault-board.ts';
import { receiver } from './receiver.ts';
import { SharedRates } from './shared-rates.ts';
import { listenSmtp, type SmtpListener } from './smtp-listener.ts';
import { rateLimitOptions, smtpOptions } from './smtp-options.ts';
import type { SmtpThreadTask, ToMain, ToSmtpThread } from './smtp-thread-messages.ts';
import { ThreadFaults } from './thread-faults.ts';
import { ThreadQueue } from './thread-queue.ts';

const { config, identity, tls, directory, magic, hasQuota, faultRules } = workerData as SmtpThreadTask;
const main = new ThreadLine<ToMain | HostQuestion>(parentPort as MessagePort, answer);
const { host, reports } = openThreadHost('mail', identity, (question) => main.ask(question));
const queue = new ThreadQueue(join(host.stateDir, 'queue'), host.clock, main);
const rates = new SharedRates(rateLimitOptions(config), (news) => main.tell({ do: 'counted', news }));
const parts = {
  ...{ host, directory, tls },
  limits: rates,
  disk: new DiskSpace(host.stateDir, config.DISK_FREE_OCTETS_MIN),
  hasRoom: async (account: string, octets: number) => !hasQuota || main.ask<boolean>({ do: 'room', account, octets }),
  faults: new ThreadFaults(main, new FaultBoard(faultRules), magic, directory.domains),
  receive: receiver(host, queue, queue, config),
};
let listener: SmtpListener | null = null;

async function answer(question: ToSmtpThread | ThreadOrder): Promise<unknown> {
  switch (question.do) {
    case 'start':
      listener = await listenSmtp(parts, { ...smtpOptions(config, 'relay', host), sharesPort: true });
      return null;
    case 'connections':
      return listener?.connections() ?? 0;
    case 'counted':
      return rates.take(question.news, host.clock.now());
    case 'stop':
      rates.close();
      await listener?.close();
      await reports.close();
      return null;
  }
}
