import { expect, test } from 'vitest';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { useWorld } from './kit/run-scenario.ts';
import { Simulation } from './kit/simulation.ts';

/** Many different names at the same moment: what one zone may hold up, and what a cold start needs. */

/** Asks for `count` names of `parent` at the same moment; gives how many got which RCODE. */
function burst(world: Simulation, count: number, parent: string): Record<number, number> {
  const tickets = Array.from({ length: count }, (_, at) =>
    world.ask({ qname: parseName(`n${at}.${parent}`), qtype: TYPE.A, qclass: CLASS.IN }),
  );
  const rcodes: Record<number, number> = {};
  for (const ticket of tickets) {
    const { rcode } = world.until(ticket).response;
    rcodes[rcode] = (rcodes[rcode] ?? 0) + 1;
  }
  return rcodes;
}

function lab(): Simulation {
  const world = new Simulation();
  useWorld(world, 'lab');
  return world;
}

test('a cold burst of 700 names of one top-level domain gets its answers, and the root is asked once', () => {
  const world = lab();
  expect(burst(world, 700, 'com')).toEqual({ [RCODE.NXDOMAIN]: 700 });
  expect(world.asked.filter((line) => line.startsWith('10.53.1.'))).toEqual(['10.53.1.1 com A']);
});

test('a flood below one domain holds up 400 searches, and other names are found meanwhile', () => {
  const world = lab();
  for (const address of ['10.53.3.1', '10.53.3.2']) world.server(address).fault = 'silent';
  const rcodes = burst(world, 900, 'cnn.com');
  expect(rcodes).toEqual({ [RCODE.SERVFAIL]: 900 });
  expect(world.resolver.counters.failures.busy).toBe(500);
});

test('a silent top-level domain does not keep the names of others waiting', () => {
  const world = lab();
  world.server('10.53.2.1').fault = 'silent';
  for (let at = 0; at < 890; at += 1) {
    world.ask({ qname: parseName(`n${at}.com`), qtype: TYPE.A, qclass: CLASS.IN });
  }
  world.pass(100);
  const begun = world.now;
  const other = world.ask({ qname: parseName('nowhere'), qtype: TYPE.A, qclass: CLASS.IN });
  expect(world.until(other).response.rcode).toBe(RCODE.NXDOMAIN);
  expect(world.now - begun).toBeLessThanOrEqual(100);
});
