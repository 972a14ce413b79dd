/**
 * Which reply of a transaction was whose. A server that breaks off has answered some recipients, and those answers stand: who
 * was refused is not tried again (RFC 5321, section 4.2.1).
 */
import { parseSmtpReply, type SmtpReply } from './smtp-reply.ts';

/** Pairs commands with replies by their order, which PIPELINING keeps (RFC 2920, section 3.2). */
export class RecipientReplies {
  #commands: string[] = [];
  #replies: string[] = [];

  beginTransaction(): void {
    this.#commands = [];
    this.#replies = [];
  }

  command(line: string): void {
    this.#commands.push(line);
  }

  reply(text: string): void {
    this.#replies.push(text);
  }

  /** The last one was no whole reply. */
  dropLast(): void {
    this.#replies.pop();
  }

  /** The recipients who were answered 4yz or 5yz; nobody when the sender was not taken, since then all are refused for that. */
  get refusals(): ReadonlyMap<string, SmtpReply> {
    const refusals = new Map<string, SmtpReply>();
    for (const [index, text] of this.#replies.entries()) {
      const command = this.#commands[index] ?? '';
      const reply = parseSmtpReply(text);
      if (command.startsWith('MAIL ') && !isIn(reply, 200, 300)) return new Map();
      const recipient = /^RCPT TO:<([^>]*)>/.exec(command)?.[1];
      if (recipient !== undefined && isIn(reply, 400, 600)) refusals.set(recipient, reply);
    }
    return refusals;
  }
}

function isIn({ code }: SmtpReply, from: number, below: number): boolean {
  return code >= from && code < below;
}
