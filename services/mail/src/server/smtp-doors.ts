import type { TlsServerOptions } from '#shared/host/tls.ts';
import { RateLimits } from '../protocol/rate-limits.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Faults } from './faults.ts';
import type { QueueRunner } from './queue-runner.ts';
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
  const threads = config.SMTP_WORKERS === 0 ? null : new SmtpThreads(parts, task);
  const limits = threads?.rates ?? new RateLimits(rateLimitOptions(config));
  const listeners: SmtpListener[] = [];
  const open = async (service: SmtpService) => {
    const listener = await listenSmtp({ ...parts, limits }, smtpOptions(config, service, parts.host));
    listeners.push(listener);
    return listener;
  };
  const close = async () => {
    await Promise.all([threads?.stop(), ...listeners.map((listener) => listener.close())]);
  };
  try {
    const relay = threads ?? (await open('relay'));
    await threads?.start();
    const [submission, submissions] = [await open('submission'), await open('submissions')];
    const connections = async () => ({
      smtp: await relay.connections(),
      submission: submission.connections() + submissions.connections(),
    });
    return { connections, close };
  } catch (error) {
    await close();
    throw error;
  }
}
