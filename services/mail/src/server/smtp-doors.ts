import type { TlsServerOptions } from '#shared/host/tls.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Faults } from './faults.ts';
import type { QueueRunner } from './queue-runner.ts';
import { SharedRates } from './shared-rates.ts';
import type { SmtpDoorParts } from './smtp-door.ts';
import { listenSmtp, type SmtpListener } from './smtp-listener.ts';
import { rateLimitOptions, type SmtpService, smtpOptions } from './smtp-options.ts';
import type { SmtpThreadTask } from './smtp-thread-messages.ts';
import { SmtpThreads } from './smtp-threads.ts';

/** What the doors need of the server. */
export interface SmtpDoorsParts extends Omit<SmtpDoorParts, 'limits'> {
  readonly tls: TlsServerOptions;
  readonly faults: Faults;
  readonly store: QueueStore;
  readonly queue: QueueRunner;
}

export interface SmtpDoors {
  /** Connections to port 25, and to the ports of submission. */
  connections(): Promise<{ readonly smtp: number; readonly submission: number }>;
  close(): Promise<void>;
}

/** Opens the three ways in for a message: port 25 for everybody, here or in threads, 587 and 465 for the users here. */
export async function openSmtpDoors(
  parts: SmtpDoorsParts,
  task: Omit<SmtpThreadTask, 'identity' | 'faultRules'>,
): Promise<SmtpDoors> {
  const { config } = task;
  const rates: SharedRates = new SharedRates(rateLimitOptions(config), (news) => threads.tellCounted(news));
  const threads = new SmtpThreads({ ...parts, rates }, task);
  const listeners: SmtpListener[] = [];
  const open = async (service: SmtpService) => {
    const listener = await listenSmtp({ ...parts, limits: rates }, smtpOptions(config, service, parts.host));
    listeners.push(listener);
    return listener;
  };
  const close = async () => {
    rates.close();
    await Promise.all([threads.stop(), ...listeners.map((listener) => listener.close())]);
  };
  try {
    const relay = config.SMTP_WORKERS === 0 ? await open('relay') : null;
    await threads.start();
    const [submission, submissions] = [await open('submission'), await open('submissions')];
    const connections = async () => ({
      smtp: relay?.connections() ?? (await threads.connections()),
      submission: submission.connections() + submissions.connections(),
    });
    return { connections, close };
  } catch (error) {
    await close();
    throw error;
  }
}
