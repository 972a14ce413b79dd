import MailComposer from 'nodemailer/lib/mail-composer';
import { formatMailboxAddress, type MailboxAddress } from '../protocol/mailbox-address.ts';

export interface Letter {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly MailboxAddress[];
  readonly cc: readonly MailboxAddress[];
  readonly subject: string;
  readonly text: string;
  readonly inReplyTo: string;
  readonly references: string;
  readonly at: number;
}

/** A letter as a message: RFC 5322, with MIME where it is not plain ASCII, so that it is 7-bit on its whole way (RFC 2045). */
export async function composeMessage(letter: Letter): Promise<Uint8Array> {
  const composer = new MailComposer({
    from: { name: letter.from.name, address: letter.from.address },
    to: letter.to.map(formatMailboxAddress),
    cc: letter.cc.map(formatMailboxAddress),
    subject: letter.subject,
    text: letter.text,
    date: new Date(letter.at),
    ...(letter.inReplyTo === '' ? {} : { inReplyTo: letter.inReplyTo, references: letter.references }),
    // A letter is what was typed: nothing of it names a file or an address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = await composer.compile().build();
  return Buffer.from(message.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}
