import type { FastifyReply } from 'fastify';
import { fillWords, WORDS } from '../page/words.ts';
import type { PublicRegistration } from '../protocol/registration.ts';
import type { ServerCheck } from '../protocol/server-check.ts';
import type { Refusal, RefusalCode } from '../refusal.ts';

/** The registrar's own name: in the answers of WHOIS, and in the links of RDAP. */
export const REGISTRAR_NAME = 'registrar.topdown.org';

/** The status of each refusal (RFC 9110, section 15): 4xx is the client's to mend, 503 is not. */
export const STATUS: Readonly<Record<RefusalCode, number>> = {
  faults: 400,
  // RFC 9110, section 15.5.21: understood, and wrong in substance.
  serversFail: 422,
  takenHere: 409,
  takenInZone: 409,
  full: 503,
  registrySilent: 503,
  storeSilent: 503,
  notFound: 404,
  secretMissing: 401,
  secretWrong: 403,
  beingDeleted: 409,
  changedMeanwhile: 409,
};

/** A refusal in one English sentence: for the API, WHOIS and the reports. */
export function sayRefusal(refusal: Refusal): string {
  const said = fillWords(WORDS.en.refusals[refusal.code], refusal.about);
  const faults = refusal.faults.map((fault) => fillWords(WORDS.en.faults[fault.code], { ...fault }));
  const wrong = refusal.checks.filter(({ finding }) => finding !== 'serves');
  return [said, ...faults, ...wrong.map((check) => sayCheck(refusal.about.name, check))].join(' ');
}

/** What was found at a name server of `domain`, in one English sentence. */
function sayCheck(domain: string, check: ServerCheck): string {
  return fillWords(WORDS.en.findings[check.finding], { ...check, server: check.name, name: domain });
}

/** The results of name servers as the API has them. */
export function saidChecks(domain: string, checks: readonly ServerCheck[]) {
  return checks.map((check) => ({ ...check, because: sayCheck(domain, check) }));
}

/** Why the zone does not have it yet, in one English sentence; null where it does, or was not tried. */
export function sayTrouble({ pending }: PublicRegistration): string | null {
  const trouble = pending?.trouble ?? null;
  return trouble === null ? null : fillWords(WORDS.en.troubles[trouble.code], { ...trouble });
}

/** The API's answer to what is refused. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  // RFC 9110, section 11.6.1: a 401 says how to authenticate.
  if (refusal.code === 'secretMissing') reply.header('www-authenticate', 'Bearer realm="registrar"');
  const faults = refusal.faults.map((fault) => ({
    field: fault.field,
    error: fillWords(WORDS.en.faults[fault.code], { ...fault }),
  }));
  const checks = saidChecks(refusal.about.name, refusal.checks);
  return reply.code(STATUS[refusal.code]).send({ error: sayRefusal(refusal), code: refusal.code, faults, checks });
}
