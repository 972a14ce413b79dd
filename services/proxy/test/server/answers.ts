import type { ServerResponse } from 'node:http';
import { formatHttpDate } from '#shared/http/http-date.ts';
import type { Answer, TestLab } from './test-lab.ts';

/** Fields of an answer, by name. */
export type Told = Record<string, string | string[]>;

/** An origin that gives these answers, one after the other, and the last one from then on; dated by the clock of the lab. */
export function inTurn(lab: TestLab, ...answers: readonly [status: number, fields: Told, body?: string][]): Answer {
  let turn = 0;
  return (request, response) => {
    const [status, fields, body = ''] = answers[Math.min(turn, answers.length - 1)]!;
    turn += 1;
    request.resume().on('end', () => say(lab, response, status, fields, body));
  };
}

export function say(lab: TestLab, response: ServerResponse, status: number, fields: Told, body = ''): void {
  response.sendDate = false;
  response.writeHead(status, { Date: formatHttpDate(lab.host.clock.now()), ...fields });
  response.end(body);
}
