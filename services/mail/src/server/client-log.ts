import type { ExternalLogger } from 'nodemailer/lib/shared';
import type { SmtpTranscript } from './smtp-transcript.ts';

/** What nodemailer's SMTPConnection writes into its log, as far as it is read here. */
interface LogEntry {
  readonly tnx?: string;
  readonly outByteCount?: number;
  readonly localPort?: number;
}

/** Who follows a conversation with another server. */
export interface ConversationWatcher {
  connected(): void;
  command(line: string): void;
  reply(reply: string): void;
  /** All mail data went out. */
  sent(): void;
}

/** A log for nodemailer's SMTPConnection: the only place where it tells what was said. */
export function clientLog(transcript: SmtpTranscript, watcher: ConversationWatcher): ExternalLogger {
  const debug = (entry: LogEntry, ...words: unknown[]) => {
    const line = String(words[0] ?? '');
    if (entry.tnx === 'client') {
      watcher.command(line);
      transcript.command(line);
    }
    if (entry.tnx === 'server') {
      watcher.reply(line);
      transcript.reply(line);
    }
  };
  const info = (entry: LogEntry) => {
    if (entry.tnx === 'message') {
      watcher.sent();
      transcript.data(entry.outByteCount ?? 0);
    }
    if (entry.tnx === 'network' && entry.localPort !== undefined) {
      transcript.learnPort(entry.localPort);
      watcher.connected();
    }
  };
  return { debug, info, warn: ignore, error: ignore };
}

function ignore(): void {}
