/** How long a client waits for each step of a conversation: RFC 5321, section 4.5.3.2. */

const MINUTE_MS = 60_000;

/** What a client waits for: an answer to a command, or to be allowed to send more. */
export type AwaitedStep = 'greeting' | 'MAIL' | 'RCPT' | 'DATA' | 'block' | 'end' | 'other';

/** Sections 4.5.3.2.1 to 4.5.3.2.6; "other" is for the commands that the section leaves open. */
const LIMITS_MS: Readonly<Record<AwaitedStep, number>> = {
  greeting: 5 * MINUTE_MS,
  MAIL: 5 * MINUTE_MS,
  RCPT: 5 * MINUTE_MS,
  DATA: 2 * MINUTE_MS,
  block: 3 * MINUTE_MS,
  end: 10 * MINUTE_MS,
  other: 5 * MINUTE_MS,
};

/** @param mostMs no step is waited for longer, whatever the RFC says: the patience of a lab. */
export function silenceLimitMs(step: AwaitedStep, mostMs: number): number {
  return Math.min(LIMITS_MS[step], mostMs);
}

/** The step that the answer to a command line is. */
export function stepOf(command: string): AwaitedStep {
  const verb = command.slice(0, 4).toUpperCase();
  return verb === 'MAIL' || verb === 'RCPT' || verb === 'DATA' ? verb : 'other';
}

/** What a person reads when nothing came. */
export function describeStep(step: AwaitedStep): string {
  if (step === 'greeting') return 'no greeting';
  if (step === 'block') return 'no mail data were taken';
  if (step === 'end') return 'no answer to the end of the mail data';
  return step === 'other' ? 'no answer' : `no answer to ${step}`;
}
