import { describe, expect, test } from 'vitest';
import { type Delegation, delegationOf } from '../../src/protocol/delegation.ts';
import {
  publicPart,
  type Registration,
  type RegistrationInput,
  type RegistrationStatus,
  step,
  takes,
  wantedOf,
} from '../../src/protocol/registration.ts';

const NOW = 1_795_000_000_000;
const nameServers = [
  { name: 'dns1.networkutopia.com', address: '10.53.3.1' },
  { name: 'dns2.networkutopia.com', address: '10.53.3.2' },
];
const others = [nameServers[0]!, { name: 'ns.networkutopia.com', address: '10.53.3.10' }];
const before = delegationOf('networkutopia.com', nameServers);
const after = delegationOf('networkutopia.com', others);

function registration(status: RegistrationStatus, change: Partial<Registration> = {}): Registration {
  return {
    ...{ name: 'networkutopia.com', status, registrant: '', nameServers, createdAt: 1, changedAt: 1, revision: 4 },
    ...{ secretHash: '00', ours: status === 'pendingCreate' ? [] : [before], zoneChange: null },
    task: status === 'active' ? null : { tries: 0, dueAt: NOW, trouble: null },
    ...change,
  };
}

const INPUTS: Readonly<Record<RegistrationInput['kind'], RegistrationInput>> = {
  change: { kind: 'change', particulars: { registrant: '', nameServers: others } },
  giveUp: { kind: 'giveUp' },
  try: { kind: 'try', puts: before },
  failed: { kind: 'failed', trouble: { code: 'silent', detail: '' }, takesBack: null },
  entered: { kind: 'entered', delegation: before, zoneChange: null },
  removed: { kind: 'removed' },
};

/** The status after each input; `refused` where there is none. */
const TABLE: Readonly<Record<RegistrationStatus, Readonly<Record<RegistrationInput['kind'], string>>>> = {
  pendingCreate: {
    ...{ change: 'pendingCreate', giveUp: 'pendingDelete', try: 'pendingCreate', failed: 'pendingCreate' },
    ...{ entered: 'active', removed: 'refused' },
  },
  active: {
    ...{ change: 'pendingUpdate', giveUp: 'pendingDelete', try: 'refused', failed: 'refused' },
    ...{ entered: 'refused', removed: 'refused' },
  },
  pendingUpdate: {
    ...{ change: 'pendingUpdate', giveUp: 'pendingDelete', try: 'pendingUpdate', failed: 'pendingUpdate' },
    ...{ entered: 'active', removed: 'refused' },
  },
  pendingDelete: {
    ...{ change: 'refused', giveUp: 'pendingDelete', try: 'pendingDelete', failed: 'pendingDelete' },
    ...{ entered: 'pendingDelete', removed: 'gone' },
  },
};

const CELLS = Object.entries(TABLE).flatMap(([status, row]) =>
  Object.entries(row).map(([input, next]) => [status, input, next] as const),
);

test.each(CELLS)('%s, %s: %s (RFC 5731, section 2.3)', (status, kind, next) => {
  const given = registration(status as RegistrationStatus);
  const input = INPUTS[kind as RegistrationInput['kind']];
  expect(takes(given, input.kind)).toBe(next !== 'refused');
  if (next === 'refused') expect(() => step(given, input, NOW)).toThrow(RangeError);
  else expect(step(given, input, NOW)?.status ?? 'gone').toBe(next);
});

test.each(CELLS.filter(([, , next]) => next !== 'refused' && next !== 'gone'))(
  '%s, %s: the revision rises by one, and a task is there exactly while it waits for the zone',
  (status, kind) => {
    const next = step(registration(status as RegistrationStatus), INPUTS[kind as RegistrationInput['kind']], NOW);
    expect(next?.revision).toBe(5);
    expect(next?.task === null).toBe(next?.status === 'active');
  },
);

describe('what our updates may have put into the zone', () => {
  const ours = (next: Registration | null): readonly Delegation[] => next?.ours ?? [];

  test('is written down before they go, once', () => {
    const tried = step(registration('pendingCreate'), { kind: 'try', puts: before }, NOW)!;
    expect(ours(tried)).toEqual([before]);
    expect(ours(step(tried, { kind: 'try', puts: before }, NOW))).toEqual([before]);
    expect(ours(step(registration('pendingDelete'), { kind: 'try', puts: null }, NOW))).toEqual([before]);
  });

  test('stays in doubt when the answer is lost, and is taken back when nothing was changed', () => {
    const tried = step(registration('pendingUpdate', { nameServers: others }), { kind: 'try', puts: after }, NOW)!;
    const lost = { kind: 'failed', trouble: { code: 'silent', detail: '' }, takesBack: null } as const;
    expect(ours(step(tried, lost, NOW))).toEqual([before, after]);
    expect(ours(step(tried, { ...lost, takesBack: after }, NOW))).toEqual([before]);
  });

  test('is certain again when the zone has been seen', () => {
    const doubtful = registration('pendingUpdate', { nameServers: others, ours: [before, after] });
    const entered = step(doubtful, { kind: 'entered', delegation: after, zoneChange: null }, NOW);
    expect([entered?.status, ours(entered)]).toEqual(['active', [after]]);
  });

  test('has a limit', () => {
    let next = registration('pendingUpdate');
    for (let count = 0; count < 50; count += 1) {
      next = step(next, { kind: 'try', puts: { nameServers: [`ns${count}.a.com`], glue: [] } }, NOW)!;
    }
    expect(next.ours).toHaveLength(20);
  });
});

test('what was entered while the holder changed his mind is not what is wanted any more', () => {
  const changed = step(registration('pendingCreate'), INPUTS.change, NOW)!;
  const entered = step(changed, INPUTS.entered, NOW);
  expect(entered).toMatchObject({ status: 'pendingUpdate', task: { tries: 0, dueAt: NOW }, ours: [before] });
});

test('a change of the registrant alone leaves an active registration active', () => {
  const input = { kind: 'change', particulars: { registrant: 'Other', nameServers } } as const;
  expect(step(registration('active'), input, NOW)).toMatchObject({ status: 'active', registrant: 'Other', task: null });
});

test('what is given up wants nothing in the zone', () => {
  expect(wantedOf(registration('pendingDelete'))).toBeNull();
  expect(wantedOf(registration('active'))).toEqual(before);
});

test('the pauses between tries double from 1 s to 60 s, and never end', () => {
  let next = registration('pendingCreate');
  const pauses = Array.from({ length: 9 }, () => {
    next = step(next, INPUTS.failed, NOW)!;
    return (next.task!.dueAt - NOW) / 1000;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(next.task?.tries).toBe(9);
});

test('what everybody may know has no secret in it, and nothing of how the registrar works', () => {
  const shown = publicPart(registration('pendingCreate'), (ms) => String(ms));
  expect(Object.keys(shown).sort()).toEqual([
    ...['changedAt', 'createdAt', 'name', 'nameServers', 'pending', 'registrant', 'status'],
  ]);
});
