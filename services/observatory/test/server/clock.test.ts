import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabClock } from '#shared/host/clock.ts';
import { ObservedLab } from './observed-lab.ts';

const HOUR_MS = 3_600_000;
/** Real time that may pass while a test runs. */
const SLACK_MS = 600_000;

let lab: ObservedLab;

beforeEach(async () => {
  lab = await ObservedLab.start();
});

afterEach(() => lab.stop());

test('hosts that share one clock move it once, hosts with clocks of their own each move theirs', async () => {
  const shared = new LabClock();
  await lab.startHost('resolver', {}, { clock: shared });
  await lab.startHost('origin', {}, { clock: shared });
  const { host: tracker } = await lab.startHost('tracker');
  const moved = await lab.post('/api/clock', { advanceMs: HOUR_MS });
  expect(moved).toMatchObject({ status: 200, json: { failed: [] } });
  for (const clock of [shared, tracker.clock]) {
    expect(clock.offsetMs).toBeGreaterThanOrEqual(HOUR_MS - SLACK_MS);
    expect(clock.offsetMs).toBeLessThanOrEqual(HOUR_MS + SLACK_MS);
  }
  shared.stop();
});

test('two movements at once add up, and a host that fell back catches up', async () => {
  const { host: resolver } = await lab.startHost('resolver');
  const { host: origin } = await lab.startHost('origin');
  origin.clock.advance(HOUR_MS);
  await Promise.all([lab.post('/api/clock', { advanceMs: HOUR_MS }), lab.post('/api/clock', { advanceMs: HOUR_MS })]);
  expect(Math.abs(origin.clock.offsetMs - 3 * HOUR_MS)).toBeLessThan(SLACK_MS);
  expect(Math.abs(resolver.clock.offsetMs - origin.clock.offsetMs)).toBeLessThan(SLACK_MS);
});

test('a host that was started again, and has the time of the machine, is moved to that of the lab', async () => {
  const { host: resolver } = await lab.startHost('resolver');
  const { host: origin } = await lab.startHost('origin');
  origin.clock.advance(HOUR_MS);

  await expect.poll(() => Math.abs(resolver.clock.offsetMs - HOUR_MS)).toBeLessThan(SLACK_MS);
  expect(Math.abs(origin.clock.offsetMs - HOUR_MS)).toBeLessThan(SLACK_MS);
});

test('no clock stops short of what was asked', async () => {
  const { host: resolver } = await lab.startHost('resolver');
  for (let step = 1; step <= 3; step += 1) {
    const before = resolver.clock.now();
    await lab.post('/api/clock', { advanceMs: HOUR_MS });
    expect(resolver.clock.now() - before).toBeGreaterThanOrEqual(HOUR_MS);
  }
});

test('hosts that could not be moved are named', async () => {
  await lab.startHost('resolver');
  const answer = await lab.post('/api/clock', { advanceMs: 1_000 });
  expect(answer.status).toBe(502);
  expect(answer.json).toMatchObject({
    moved: ['observatory', 'resolver'],
    failed: [{ host: 'origin' }, { host: 'tracker', error: 'nothing listens on its control port 9000' }],
  });
});

test.each([{}, { advanceMs: -1 }, { advanceMs: 'an hour' }, { advanceMs: 1e15 }, [], null])(
  'the clock is not moved by %j',
  async (body) => {
    const { host } = await lab.startHost('resolver');
    expect((await lab.post('/api/clock', body)).status).toBe(400);
    expect(host.clock.offsetMs).toBe(0);
  },
);
