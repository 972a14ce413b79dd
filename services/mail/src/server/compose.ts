import { Readable } from 'node:stream';
import type { NamedAddress } from '../protocol/address-field.ts';
import { formatMailboxAddress, type MailboxAddress } from '../protocol/mailbox-address.ts';
import { loadMailComposer } from './mail-libraries.ts';

export interface Letter {
  readonly from: NamedAddress;
  readonly to: readonly MailboxAddress[];
  readonly cc: readonly MailboxAddress[];
  /** Left out of the header, so that nobody sees them (RFC 5322, section 3.6.3), unless the copy is the writer's own. */
  readonly bcc?: readonly MailboxAddress[];
  readonly keepsBcc?: boolean;
  readonly subject: string;
  readonly text: string;
  /** Sent beside the text, with the attachments that it names by `cid:` (RFC 2392). */
  readonly html?: string;
  readonly attachments?: readonly LetterAttachment[];
  /** Message identifiers with their brackets, separated by blanks; '' when it answers nothing. */
  readonly inReplyTo: string;
  readonly references: string;
  /** With its brackets; one is made when it is not given. */
  readonly messageId?: string;
  /** Letters and digits; with the same one a letter that is composed twice is the same message. One is made when it is not given. */
  readonly boundary?: string;
  readonly at: number;
}

export interface LetterAttachment {
  readonly filename: string;
  readonly type: string;
  /** The octets, or what reads them anew each time: a large file is never held. */
  readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>);
  /** Without brackets, for one that the HTML shows. */
  readonly contentId?: string;
}

/**
 * A letter as a message: RFC 5322, with MIME where it is not plain ASCII, so that it is 7-bit on its whole way (RFC 2045).
 * Only a message inside of it stays as it is: RFC 2046, section 5.2.1, forbids to encode one. It is written while it is read.
 */
export async function composeMessage(letter: Letter): Promise<AsyncIterable<Uint8Array>> {
  const MailComposer = loadMailComposer();
  const { attachments = [], bcc = [] } = letter;
  const composer = new MailComposer({
    from: { name: letter.from.name, address: letter.from.address },
    to: letter.to.map(formatMailboxAddress),
    cc: letter.cc.map(formatMailboxAddress),
    ...(letter.keepsBcc === true ? { bcc: bcc.map(formatMailboxAddress) } : {}),
    subject: letter.subject.replace(/[\r\n]+/g, ' '),
    text: letter.text,
    ...(letter.html === undefined ? {} : { html: letter.html }),
    date: new Date(letter.at),
    ...(letter.messageId === undefined ? {} : { messageId: letter.messageId }),
    ...(letter.inReplyTo === '' ? {} : { inReplyTo: letter.inReplyTo, references: letter.references }),
    ...(letter.boundary === undefined ? {} : { baseBoundary: letter.boundary }),
    attachments: attachments.map(asComposed),
    newline: '\r\n',
    // A letter is what was typed: nothing of it names a file or an address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = composer.compile();
  message.keepBcc = letter.keepsBcc === true;
  return message.createReadStream();
}

function asComposed({ filename, type, content, contentId }: LetterAttachment) {
  const inline = contentId === undefined ? {} : { cid: contentId, contentDisposition: 'inline' as const };
  return { filename, contentType: type, ...contentOf(type, content), ...inline };
}

/** Nobody has looked into what is read while it is written: only base64 carries it whatever it is. */
function contentOf(type: string, content: LetterAttachment['content']) {
  if (content instanceof Uint8Array)
    return { content: Buffer.from(content.buffer, content.byteOffset, content.length) };
  const encoding = type.startsWith('message/') ? {} : { contentTransferEncoding: 'base64' as const };
  return { content: Readable.from(content(), { objectMode: false }), ...encoding };
}
