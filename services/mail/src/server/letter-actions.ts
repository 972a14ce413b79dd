import { type Action, action } from '#shared/host/program.ts';
import { letterInput } from './api/letter-input.ts';
import { asError, sendLetter } from './api/letter-sending.ts';
import type { LetterParts } from './submit-letter.ts';

/** Letters as an action of the control API: what `POST /api/v1/messages` does with the same input. */
export function letterActions(parts: LetterParts): Readonly<Record<string, Action>> {
  return {
    send: action(
      'Sends a letter of an account here: { from, to: [...], cc?, bcc?, subject?, text?, html?, attachments? }',
      letterInput,
      (letter) =>
        sendLetter(parts, letter, parts.host.address).catch((problem: unknown) => {
          throw asError(problem);
        }),
    ),
  };
}
