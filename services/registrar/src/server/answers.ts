import type { FastifyReply } from 'fastify';
import { fillWords, WORDS } from '../page/words.ts';
import type { Refusal, RefusalCode } from '../registrar.ts';

/** The status of each refusal (RFC 9110, section 15): 4xx is the client's to mend, 503 is not. */
export const STATUS: Readonly<Record<RefusalCode, number>> = {
  faults: 400,
  takenHere: 409,
  takenInZone: 409,
  full: 503,
  registrySilent: 503,
  storeSilent: 503,
  notFound: 404,
  secretMissing: 401,
  secretWrong: 403,
  changedMeanwhile: 409,
};

/** A refusal in one English sentence: for the API, WHOIS and the reports. */
export function sayRefusal(refusal: Refusal): string {
  const said = fillWords(WORDS.en.refusals[refusal.code], refusal.about);
  const faults = refusal.faults.map((fault) => fillWords(WORDS.en.faults[fault.code], fault));
  return [said, ...faults].join(' ');
}

/** The API's answer to what is refused. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  // RFC 9110, section 11.6.1: a 401 says how to authenticate.
  if (refusal.code === 'secretMissing') reply.header('www-authenticate', 'Bearer realm="registrar"');
  const faults = refusal.faults.map((fault) => ({
    field: fault.field,
    error: fillWords(WORDS.en.faults[fault.code], fault),
  }));
  return reply.code(STATUS[refusal.code]).send({ error: sayRefusal(refusal), code: refusal.code, faults });
}
