import type { Fault } from './protocol/application.ts';
import type { ServerCheck } from './protocol/server-check.ts';

/** Why a registrar does not do what it is asked: codes that the page has words for in every language. */
export type RefusalCode =
  | 'faults'
  | 'serversFail'
  | 'takenHere'
  | 'takenInZone'
  | 'full'
  | 'registrySilent'
  | 'storeSilent'
  | 'notFound'
  | 'secretMissing'
  | 'secretWrong'
  | 'beingDeleted'
  | 'changedMeanwhile';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** What the words of the code have places for. */
  readonly about: { readonly name: string; readonly detail: string };
  readonly faults: readonly Fault[];
  /** What was found at the name servers, where they were asked. */
  readonly checks: readonly ServerCheck[];

  constructor(
    code: RefusalCode,
    name: string,
    detail = '',
    found: { faults?: readonly Fault[]; checks?: readonly ServerCheck[] } = {},
  ) {
    super(`${code} ${name} ${detail}`.trim());
    this.code = code;
    this.about = { name, detail };
    this.faults = found.faults ?? [];
    this.checks = found.checks ?? [];
  }
}
