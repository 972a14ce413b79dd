import { tellHighestModseq } from './imap-news.ts';
import type { ImapSession } from './imap-session.ts';

/** How often the Maildir is looked at for what other programs do to it, in milliseconds. */
const LOOK_MS = 1_000;

/** Tells the client news of its mailbox as they come, many at once where they come together; returns what ends it. */
export function watchMailbox(session: ImapSession): () => Promise<void> {
  const selected = session.selectedOrNull;
  if (selected === null) return async () => {};
  let telling: Promise<void> = Promise.resolve();
  let isDue = false;
  const log = (error: Error) => session.parts.host.log.warn(error, 'news of a mailbox could not be told');
  selected.onNews = () => {
    if (isDue) return;
    isDue = true;
    telling = telling
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        isDue = false;
        return session.tellNews(true);
      })
      .then(() => tellHighestModseq(session))
      // While the client does not read it is told nothing more: what happens waits in its view, each message once.
      .then(() => session.wire.drained())
      .catch(log);
  };
  // What happened since the last command.
  selected.onNews();
  const look = setInterval(() => void selected.mailbox.lookIfTouched().catch(log), LOOK_MS);
  return async () => {
    clearInterval(look);
    selected.onNews = () => {};
    await telling;
  };
}
