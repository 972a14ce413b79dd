import { z } from 'zod';

/** Recipients of one letter, as RFC 5321, section 4.5.3.1.8, has them. */
const RECIPIENTS_MAX = 100;
const ADDRESS_LENGTH_MAX = 400;
const SUBJECT_LENGTH_MAX = 2_000;
const TEXT_LENGTH_MAX = 10_000_000;
const ATTACHMENTS_MAX = 50;
const TYPE = /^[\w.+-]+\/[\w.+-]+$/;

const address = () => z.string().min(3).max(ADDRESS_LENGTH_MAX);
const addresses = () => z.array(address()).max(RECIPIENTS_MAX);

/** A letter as JSON. */
export const letterInput = z.strictObject({
  from: address().describe(
    'alice@crepes.fr, or Alice <alice@crepes.fr>. An account here may write to everybody, anybody else to this domain only',
  ),
  to: addresses().default([]),
  cc: addresses().default([]),
  bcc: addresses().default([]).describe('In the envelope only: no receiver sees them'),
  subject: z.string().max(SUBJECT_LENGTH_MAX).default(''),
  text: z.string().max(TEXT_LENGTH_MAX).default(''),
  html: z.string().max(TEXT_LENGTH_MAX).optional(),
  attachments: z
    .array(
      z.strictObject({
        filename: z.string().min(1).max(255),
        type: z.string().regex(TYPE, 'give a media type such as image/png').default('application/octet-stream'),
        content: z.base64().describe('The octets in base64'),
        contentId: z
          .string()
          .regex(/^[\w.@+-]{1,200}$/)
          .optional()
          .describe('For one that the HTML shows by cid:'),
      }),
    )
    .max(ATTACHMENTS_MAX)
    .default([]),
  inReplyTo: z
    .string()
    .max(ADDRESS_LENGTH_MAX)
    .regex(/^<[^<>\s]+>$/, 'give a message identifier with its brackets')
    .optional(),
});

/** Envelope of a message that comes as octets. */
export const rawEnvelope = z.strictObject({
  from: z.string().max(ADDRESS_LENGTH_MAX).describe('Reverse-path; empty for the null one'),
  to: z
    .union([address().transform((one) => [one]), addresses().min(1)])
    .describe('Forward-path; give it several times for several'),
});
