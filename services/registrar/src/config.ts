import { z } from 'zod';
import { wholeNumber, wordList } from '#shared/host/config.ts';

/** What the registrar reads from its environment. */
export const config = z.object({
  /** Top-level domains below which names are sold. */
  REGISTRAR_TLDS: wordList('com net org edu fr kr uk').refine((tlds) => tlds.length > 0, 'name one TLD at least'),
  /** Registrations kept, at most. */
  REGISTRATIONS_MAX: wholeNumber({ min: 1, max: 1_000_000, default: 10_000 }),
  /** How long a registry's name server may take to answer, in milliseconds. */
  REGISTRY_TIMEOUT_MS: wholeNumber({ min: 50, max: 30_000, default: 2_000 }),
  /** How long a WHOIS client may take to send its line, in milliseconds. */
  WHOIS_TIMEOUT_MS: wholeNumber({ min: 50, max: 120_000, default: 10_000 }),
  /** Names, besides the host's own address, by which a browser may address the registrar. */
  REGISTRAR_NAMES: wordList('registrar.topdown.org localhost 127.0.0.1'),
});

export type Config = z.infer<typeof config>;
