import { createTransport, type SendMailOptions } from 'nodemailer';
import { lab, stateOf, until } from './lab-under-test.ts';
import { fetchMaildrop } from './pop3-client.ts';

/** Alice's and Bob's mail agents: one sends by submission, the other fetches by POP3. Bob has addresses in several domains. */

/** Alice's agent gives a letter to her server. */
export async function aliceSends(letter: SendMailOptions): Promise<void> {
  const { address, port } = lab.crepes.submission;
  const agent = createTransport({
    host: address,
    port,
    secure: false,
    ignoreTLS: true,
    auth: { user: 'alice@crepes.fr', pass: 'wonderland' },
  });
  await agent.sendMail({ from: 'alice@crepes.fr', ...letter });
  agent.close();
}

export function aliceWritesToBob(subject: string, to = 'bob@hamburger.edu'): Promise<void> {
  return aliceSends({ to, subject, text: 'Crepes at seven?\n.\nA dot.\n' });
}

interface MailState {
  readonly connections: { readonly smtp: number; readonly submission: number };
  readonly queue: readonly { readonly isBeingTried: boolean }[];
}

/** Resolves when no message is under way: what other journeys sent has come, and the connections for it have ended. */
export async function mailAtRest(): Promise<void> {
  await until('no server sends or receives a message', async () => {
    const servers = await Promise.all(['mail-crepes', 'mail-hamburger'].map((host) => stateOf<MailState>(host)));
    return servers.every(({ connections, queue }) => {
      return connections.smtp + connections.submission === 0 && queue.every(({ isBeingTried }) => !isBeingTried);
    });
  });
}

/** The lines of Bob's message with this subject, when he has it. */
export async function bobsMessage(subject: string): Promise<string[] | undefined> {
  const messages = await fetchMaildrop(lab.hamburger.pop3, 'bob', 'patty');
  return messages.find((lines) => lines.includes(`Subject: ${subject}`));
}
