/**
 * smtp-server and nodemailer as CommonJS. As ES modules they import node:http whole, and with it undici (node-http.ts in
 * shared/host): 30 ms and 9 MB of every mail server at rest.
 */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

export const { SMTPServer } = load('smtp-server') as typeof import('smtp-server');
export const { SMTPStream } = load('smtp-server/lib/smtp-stream') as typeof import('smtp-server/lib/smtp-stream');
/** The server's side of a connection. */
export const { SMTPConnection: ServerConnection } = load(
  'smtp-server/lib/smtp-connection',
) as typeof import('smtp-server/lib/smtp-connection');

/** The client's side of a connection: loaded when the first one is opened, and never in a thread that only receives. */
export function loadClientConnection() {
  return (load('nodemailer/lib/smtp-connection') as typeof import('nodemailer/lib/smtp-connection')).default;
}
/** Loaded when the first letter is composed. */
export function loadMailComposer() {
  return (load('nodemailer/lib/mail-composer') as typeof import('nodemailer/lib/mail-composer')).default;
}
