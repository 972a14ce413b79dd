import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { FAULTS } from './kit/faults.ts';
import { useWorld } from './kit/run-scenario.ts';
import { Simulation } from './kit/simulation.ts';

/** Whatever servers do, and in whatever order things happen, the budgets of checks/dns.md hold. */

const SERVERS = ['10.53.1.1', '10.53.1.2', '10.53.2.1', '10.53.3.1', '10.53.3.2'];
const NAMES = [
  'www.cnn.com',
  'alias.cnn.com',
  'a.b.ent.cnn.com',
  'no.cnn.com',
  'www.foo.com',
  'x.y.nosuch',
  'www.evil',
];

const server = fc.record({
  address: fc.constantFrom(...SERVERS),
  fault: fc.constantFrom(...Object.keys(FAULTS)),
  delayMs: fc.constantFrom(1, 10, 300, 1_500),
});
const step = fc.oneof(
  fc.record({
    kind: fc.constant('ask' as const),
    name: fc.constantFrom(...NAMES),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('change' as const), server }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 50, 1_000, 61_000, 3_700_000) }),
);

test('every question is answered once, in 5 seconds, for 30 queries at most, and leaves nothing behind', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), fc.boolean(), (steps, prime) => {
      const world = new Simulation();
      world.settings.prime = prime;
      useWorld(world, 'lab');
      const tickets: number[] = [];
      for (const one of steps) {
        if (one.kind === 'pass') world.pass(one.ms);
        else if (one.kind === 'change') {
          Object.assign(world.server(one.server.address), { fault: one.server.fault, delayMs: one.server.delayMs });
        } else {
          const question = { qname: parseName(one.name), qtype: TYPE.A, qclass: CLASS.IN };
          const before = world.asked.length;
          const own = Array.from({ length: one.times }, () => world.ask(question));
          for (const ticket of own) expect(world.until(ticket).elapsedMs).toBeLessThanOrEqual(5_000);
          // Priming and the refresh of what was asked before have budgets of their own.
          if (!prime) expect(world.asked.length - before).toBeLessThanOrEqual(60);
          tickets.push(...own);
        }
      }
      world.pass(20_000);
      expect(world.resolver.working).toBe(0);
      for (const ticket of tickets) {
        expect([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.SERVFAIL]).toContain(world.answered(ticket)?.response.rcode);
      }
    }),
    { numRuns: 300 },
  );
});

test('with every fault mended all names are found again', () => {
  fc.assert(
    fc.property(fc.array(server, { maxLength: 8 }), (faults) => {
      const world = new Simulation();
      useWorld(world, 'lab');
      const ask = (name: string) =>
        world.until(world.ask({ qname: parseName(name), qtype: TYPE.A, qclass: CLASS.IN })).response.rcode;
      for (const { address, fault, delayMs } of faults) Object.assign(world.server(address), { fault, delayMs });
      for (const name of NAMES) ask(name);
      for (const address of SERVERS) Object.assign(world.server(address), { fault: 'nothing', delayMs: 10 });
      // As long as anything wrong is remembered: a failure, a server that is left alone, a delegation, a stale answer.
      world.pass(90_000_000);
      expect(ask('www.cnn.com')).toBe(RCODE.NOERROR);
      expect(ask('a.b.ent.cnn.com')).toBe(RCODE.NOERROR);
      expect(ask('no.cnn.com')).toBe(RCODE.NXDOMAIN);
    }),
    { numRuns: 100 },
  );
});
