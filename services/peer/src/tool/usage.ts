import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Endpoint } from '#shared/report.ts';

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads options and words. @throws UsageError */
export function readCommandLine<Options extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: Options,
  words: { min: number; max: number },
) {
  const read = () => {
    try {
      return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  };
  const { values, positionals } = read();
  if (positionals.length < words.min) throw new UsageError('A file is missing');
  if (positionals.length > words.max) throw new UsageError(`"${positionals[words.max]}" is one word too many`);
  return { values, positionals };
}

/** A whole number. @throws UsageError */
export function readNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${option} "${text}" is no whole number from ${min} to ${max}`);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 * 1024 };

/** A rate such as 512K, in octets per second. @throws UsageError */
export function readRate(option: string, text: string, max: number): number {
  const [, digits = '', unit = ''] = /^(\d+)([KM]?)$/i.exec(text) ?? [];
  const rate = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (digits !== '' && rate <= max) return rate;
  throw new UsageError(`--${option} "${text}" is no rate: give octets per second, such as 512K or 3M`);
}

/** Where a peer is, such as 127.53.30.2:6881. @throws UsageError */
export function readEndpoint(text: string): Endpoint {
  const [, address = '', port = ''] = /^((?:\d{1,3}\.){3}\d{1,3}):(\d{1,5})$/.exec(text) ?? [];
  if (address !== '' && Number(port) <= 65_535) return { address, port: Number(port) };
  throw new UsageError(`--peer "${text}" is not ADDRESS:PORT`);
}
