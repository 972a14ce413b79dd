import { type ZodType, z } from 'zod';

/** A configuration that a program refuses. Its message is one sentence for each fault, with the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a program's configuration from its environment.
 *
 * @param where what a person must open to mend it: "service resolver in docker-compose.yml".
 * @throws ConfigError that lists every fault, not only the first.
 */
export function readConfig<Config>(
  schema: ZodType<Config>,
  environment: Readonly<Record<string, string | undefined>>,
  where: (variable: string) => string,
): Config {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const variable = issue.path.map(String).join('.');
    const given = environment[variable];
    const value = given === undefined ? 'it is not set' : `it is "${given}"`;
    return `${where(variable)}: ${variable} is refused, ${value}: ${issue.message}`;
  });
  throw new ConfigError(faults.join('\n'));
}

/** A whole number with a unit in its name, inside limits: `wholeNumber({ min: 0, max: 86_400, default: 60 })`. */
export function wholeNumber(limits: { min: number; max: number; default: number }) {
  const range = `give a whole number from ${limits.min} to ${limits.max}`;
  return z
    .string()
    .default(String(limits.default))
    .refine((text) => /^\d+$/.test(text) && Number(text) >= limits.min && Number(text) <= limits.max, range)
    .transform(Number);
}

/** `true` or `false`. */
export function yesOrNo(otherwise: boolean) {
  return z
    .enum(['true', 'false'], 'give true or false')
    .default(otherwise ? 'true' : 'false')
    .transform((text) => text === 'true');
}

/** Words separated by blanks or commas; none is allowed. */
export function wordList(otherwise = '') {
  return z
    .string()
    .default(otherwise)
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''));
}
