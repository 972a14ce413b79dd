import type { ClientRequest, IncomingMessage } from 'node:http';

/** How long the origin may take to say 100 or to refuse before the body is sent all the same, in milliseconds. */
const CONTINUE_WAIT_MS = 1_000;

/**
 * Passes the body of a client's request on, as fast as the origin reads. With `onContinue` the client waits to be told so:
 * when the origin says 100, or says nothing for a while (RFC 9110, section 10.1.1). A body that breaks off breaks the request.
 */
export function sendBody(body: IncomingMessage | null, sending: ClientRequest, onContinue?: () => void): void {
  if (body === null) return;
  body.once('error', () => sending.destroy());
  body.once('aborted', () => sending.destroy());
  if (body.destroyed) {
    sending.destroy();
    return;
  }
  if (onContinue === undefined) {
    body.pipe(sending);
    return;
  }
  let begun = false;
  const begin = () => {
    if (begun || sending.destroyed) return;
    begun = true;
    onContinue();
    body.pipe(sending);
  };
  const patience = setTimeout(begin, CONTINUE_WAIT_MS);
  sending.once('continue', begin);
  sending.once('response', () => clearTimeout(patience));
  sending.once('close', () => clearTimeout(patience));
  sending.flushHeaders();
}
