import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { LetterParts } from '../submit-letter.ts';
import { sentAnswer } from './answers.ts';
import { letterInput, rawEnvelope } from './letter-input.ts';
import { sendLetter, sendRaw } from './letter-sending.ts';
import { type Route, route } from './route.ts';

/** The media type of a message that is sent as its octets (RFC 2046, section 5.2.1). */
export const MESSAGE_TYPE = 'message/rfc822';

/** Messages to be sent. */
export function sendingRoutes(parts: LetterParts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/messages',
      tag: 'messages',
      summary: 'Sends a letter: from an account here to anybody, or from anybody to the mailboxes here',
      body: letterInput,
      status: 202,
      answer: sentAnswer,
      problems: [400, 413, 422, 503],
      run: ({ body, client }) => sendLetter(parts, body, client),
    }),
    route({
      method: 'POST',
      path: '/messages/raw',
      tag: 'messages',
      summary: 'Sends a message that is there as octets; lines may end in LF',
      query: rawEnvelope,
      body: z.custom<Readable>(),
      consumes: MESSAGE_TYPE,
      status: 202,
      answer: sentAnswer,
      problems: [400, 422, 503],
      run: ({ body, query, client }) => sendRaw(parts, body, query, client),
    }),
  ];
}
