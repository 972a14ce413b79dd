/** The transaction state of POP3: RFC 1939, sections 5 and 7. */
import { findMessage, listMessages, type MaildropMessage, maildropOf, markedUids, markMessage } from './maildrop.ts';
import type { Pop3Command } from './pop3-command.ts';
import { lines, type Pop3Step, refuse, reply, type Transaction } from './pop3-step.ts';

export function transact(state: Transaction, command: Pop3Command): Pop3Step {
  const { messages, count, octets } = state.maildrop;
  switch (command.keyword) {
    case 'NOOP':
      return reply(state, '+OK');
    case 'STAT':
      return reply(state, `+OK ${count} ${octets}`);
    case 'RSET':
      return reply(
        { ...state, maildrop: maildropOf(messages) },
        `+OK ${messages.length} messages, none is marked as deleted`,
      );
    case 'QUIT':
      // RFC 1939, section 6: the update state is entered by QUIT alone.
      return { state: { kind: 'update' }, outputs: [{ kind: 'remove', uids: markedUids(state.maildrop) }] };
    case 'LIST':
      return list(state, command, (message) => message.octets);
    case 'UIDL':
      return list(state, command, (message) => message.uniqueId);
    case 'DELE':
      return withMessage(state, command, (_message, number) => {
        const because = 'it is only marked: RSET takes the mark away, and QUIT removes the message';
        const maildrop = markMessage(state.maildrop, number);
        return reply({ ...state, maildrop }, `+OK Message ${number} is marked as deleted`, because);
      });
    case 'TOP':
      return top(state, command);
    default:
      return withMessage(state, command, ({ uid, octets }) => ({
        state,
        outputs: [{ kind: 'send-message', line: `+OK ${octets} octets`, uid, bodyLines: null }],
      }));
  }
}

function list(
  state: Transaction,
  command: Pop3Command,
  column: (message: MaildropMessage) => string | number,
): Pop3Step {
  if (command.arguments.length > 0) {
    return withMessage(state, command, (message, number) => reply(state, `+OK ${number} ${column(message)}`));
  }
  const { maildrop } = state;
  return lines(state, `+OK ${maildrop.count} messages (${maildrop.octets} octets)`, listMessages(maildrop, column));
}

function top(state: Transaction, command: Pop3Command): Pop3Step {
  const bodyLines = readNumber(command.arguments[1]);
  if (bodyLines === null) return refuse(state, '-ERR TOP needs a message and a number of lines');
  return withMessage(state, command, ({ uid }) => ({
    state,
    outputs: [{ kind: 'send-message', line: '+OK The top of the message follows', uid, bodyLines }],
  }));
}

/** Does `work` with the message whose number is the first argument. */
function withMessage(
  state: Transaction,
  { arguments: [word] }: Pop3Command,
  work: (message: MaildropMessage, number: number) => Pop3Step,
): Pop3Step {
  const number = readNumber(word);
  const message = number === null ? null : findMessage(state.maildrop, number);
  if (number !== null && message !== null) return work(message, number);
  const { messages, count } = state.maildrop;
  const because = `there are ${messages.length} messages, ${messages.length - count} of them marked as deleted`;
  return reply(state, '-ERR No such message', because);
}

/** At most nine digits: no maildrop has more messages, and no message more lines. */
function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
