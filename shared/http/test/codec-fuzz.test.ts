import { expect, test } from 'vitest';
import { codecInput, disagreement, understand } from './fuzz/fuzz-codec.ts';

/** Inputs; `npm run bench -- http-fuzz codec` takes a million. */
const INPUTS = 400;

test('hostile messages are understood alike wherever they are cut, and as a strict reader does', () => {
  for (let seed = 1; seed <= INPUTS; seed += 1) {
    const input = codecInput(seed);
    const whole = understand(input, []);
    expect(disagreement(input, whole), `seed ${seed}: ${JSON.stringify(input.text)}`).toBeNull();
    for (let cut = 1; cut < input.text.length; cut += 1) {
      expect(understand(input, [cut]), `seed ${seed}, cut at ${cut}: ${JSON.stringify(input.text)}`).toEqual(whole);
    }
  }
});

test('hostile messages that come octet by octet are understood as when they come at once', () => {
  for (let seed = 1; seed <= INPUTS; seed += 1) {
    const input = codecInput(seed);
    const cuts = Array.from({ length: Math.max(0, input.text.length - 1) }, (_, at) => at + 1);
    expect(understand(input, cuts), `seed ${seed}: ${JSON.stringify(input.text)}`).toEqual(understand(input, []));
  }
});
