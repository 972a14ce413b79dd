import { z } from 'zod';
import type { Clock } from '#shared/host/clock.ts';
import { type Action, action } from '#shared/host/program.ts';
import { faultInput, faultOutput, faultRule } from './fault-input.ts';
import type { Faults } from './faults.ts';

/** Faults as actions of the control API. */
export function faultActions(faults: Faults, clock: Clock): Readonly<Record<string, Action>> {
  const list = () => ({ faults: faults.list.map(faultOutput) });
  return {
    fault: action(
      'Sets a fault: { name, stage, match?, delayMs?, reply?, drop?, probability?, seed?, times?, forSeconds? }',
      faultInput,
      (input) => {
        faults.set(faultRule(input, clock.now()));
        return list();
      },
    ),
    faults: action('Lists the faults that are set, with how often each struck', z.object({}), list),
    'remove-fault': action(
      'Removes a fault, or all of them: { name? }',
      z.strictObject({ name: z.string().optional() }),
      ({ name }) => ({ removed: name === undefined ? faults.clear() : Number(faults.remove(name)) }),
    ),
  };
}
