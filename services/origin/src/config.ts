import { z } from 'zod';
import { wholeNumber, yesOrNo } from '#shared/host/config.ts';
import { isFieldValue } from '#shared/http/fields.ts';

/** What an origin server reads from its environment. Its sites are folders: see README.md. */
export const config = z.object({
  /** What the Server field says (RFC 9110, section 10.2.4); empty for none. */
  SERVER_FIELD: z
    .string()
    .default('Topdown')
    .refine((text) => text.length <= 128 && isFieldValue(text), 'give a field value of at most 128 characters'),
  /** How long a connection may be idle between two requests before the server closes it, in milliseconds. */
  KEEP_ALIVE_MS: wholeNumber({ min: 100, max: 600_000, default: 5_000 }),
  /** Whether the sites are also served over TLS, as HTTP/2 and HTTP/1.1, with a certificate of the lab's authority. */
  HTTPS: yesOrNo(false),
});

export type Config = z.infer<typeof config>;
