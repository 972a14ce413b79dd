import { z } from 'zod';
import type { Question } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, isMetaType, TYPE, typeOf } from '#shared/dns/registry.ts';

/** Characters of a name as text, at most: 255 octets, each of them escaped. */
const NAME_CHARACTERS_MAX = 1_020;

/** A question as a control action gets it: `{"name":"www.amazon.com","type":"A"}`. */
export const questionInput = z
  .object({
    name: z.string('give a name').min(1, 'give a name').max(NAME_CHARACTERS_MAX),
    type: z.string().default('A'),
  })
  .transform(({ name, type }, context): Question => {
    const qtype = typeOf(type);
    if (qtype === undefined || (isMetaType(qtype) && qtype !== TYPE.ANY)) {
      context.addIssue(`"${type}" is no type that can be asked for: give A, MX, NS ...`);
      return z.NEVER;
    }
    try {
      return { qname: parseName(name), qtype, qclass: CLASS.IN };
    } catch (error) {
      context.addIssue(`"${name}" is no domain name: ${(error as Error).message}`);
      return z.NEVER;
    }
  });
