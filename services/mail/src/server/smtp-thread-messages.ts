/** What the main thread and the threads that receive on port 25 ask and tell each other. */
import type { ThreadIdentity } from '#shared/host/thread-host.ts';
import type { TlsServerOptions } from '#shared/host/tls.ts';
import type { Config } from '../config.ts';
import type { FaultFacts } from '../protocol/fault-rules.ts';
import type { FaultStage } from '../protocol/fault-stages.ts';
import type { MagicRecipient } from '../protocol/magic-recipients.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import type { RateNews } from './shared-rates.ts';

/** What a thread is started with. */
export interface SmtpThreadTask {
  readonly config: Config;
  readonly tls: TlsServerOptions;
  readonly directory: MailDirectory;
  readonly magic: ReadonlyMap<string, MagicRecipient>;
  /** Whether mailboxes have a limit: then the main thread, which counts, is asked for room. */
  readonly hasQuota: boolean;
  /** Of the FaultBoard. */
  readonly faultRules: SharedArrayBuffer;
  readonly identity: ThreadIdentity;
}

/** What a thread is asked and told, besides to start and to stop. */
export type ToSmtpThread =
  | { readonly do: 'connections' }
  /** News: what other threads have counted. */
  | { readonly do: 'counted'; readonly news: RateNews };

/** What the main thread is asked and told, besides what a host needs. */
export type ToMain =
  /** Whether the journal takes the entry of a message that was written, and has it on disk: true, or false for a full queue. */
  | { readonly do: 'journal'; readonly entry: QueueEntry; readonly fileOctets: number }
  /** News: message and entry are on disk, and the client is told so; the queue may begin. */
  | { readonly do: 'queued'; readonly id: string; readonly because: string; readonly cause: string | undefined }
  /** To end an entry whose message could not be written. */
  | { readonly do: 'remove'; readonly id: string }
  | { readonly do: 'room'; readonly account: string; readonly octets: number }
  | {
      readonly do: 'meet';
      /** Its number, by which it can be left. */
      readonly meeting: number;
      readonly stage: FaultStage;
      readonly facts: FaultFacts;
      readonly exchange: string | undefined;
    }
  /** News: the client of a meeting is gone. */
  | { readonly do: 'leave'; readonly meeting: number }
  | { readonly do: 'counted'; readonly news: RateNews };
