import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameName } from '#shared/dns/name.ts';
import { ConfigError } from '#shared/host/config.ts';
import { listenDns } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Rotation } from './protocol/rotation.ts';
import { type CopiedZone, parseSecondaryList } from './protocol/secondary-list.ts';
import { DELAY_MS_MAX, type Manner, RECURSIONS } from './server/manner.ts';
import { Notifier } from './server/notifier.ts';
import { SecondaryZone } from './server/secondary-zone.ts';
import { ZoneServer } from './server/zone-server.ts';
import { Editions } from './store/editions.ts';
import { PrimaryZones } from './store/primary-zones.ts';
import { ZoneCopies } from './store/zone-copies.ts';
import { readText, shownPath } from './store/zone-files.ts';
import { ZoneTable } from './store/zone-table.ts';

/** A root, TLD or authoritative server: they are one program, and differ by their zones. */
export const program: Program<Config> = { name: 'authoritative', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const table = new ZoneTable();
  const editions = new Editions(host);
  const notifier = new Notifier(host);
  const primary = new PrimaryZones(host, table, editions, ({ zone, edition, because }) =>
    notifier.notify(zone, because, () => editions.keepTold(zone.origin, edition)),
  );
  const copied = readSecondaryList(host);
  const copies = new ZoneCopies(host.stateDir, host.net);
  const secondaries = copied.map((zone) => new SecondaryZone(zone, host, table, copies));
  const manner: Manner = { recursion: config.RECURSION, delayMs: config.ANSWER_DELAY_MS };
  const server = new ZoneServer(
    host,
    table,
    new Rotation(config.ROTATE_ANSWERS),
    manner,
    ({ origin, serial }, exchange) =>
      secondaries.find((secondary) => isSameName(secondary.origin, origin))?.notify(serial, exchange),
  );

  primary.load();
  if (table.zones.size === 0 && copied.length === 0) {
    const where = shownPath(host.dir);
    throw new ConfigError(
      `${where} has no zone: put a file NAME.zone into ${where}/zones, or list zones in ${where}/secondary`,
    );
  }
  const listeners = await listenDns(host, (request) => server.respond(request));
  editions.load();
  primary.start();
  for (const secondary of secondaries) secondary.start();

  return {
    state: () => ({
      zones: table.state(),
      notified: notifier.state(),
      manner,
      outcomes: server.outcomes,
      ...listeners.counters(),
    }),
    health: () => table.trouble(),
    actions: {
      reload: action(
        'Reads the zone files again; a file that is refused leaves its zone as it was',
        z.object({}),
        () => ({
          zones: primary.reload(),
        }),
      ),
      recursion: action(
        'Refers clients to the servers of zones below (none), or asks those servers in their place (chain)',
        z.object({ recursion: z.enum(RECURSIONS) }),
        ({ recursion }) => Object.assign(manner, { recursion }),
      ),
      distance: action(
        'Lets each answer go so many milliseconds later, as if this server were far away',
        z.object({ delayMs: z.number().int().min(0).max(DELAY_MS_MAX) }),
        ({ delayMs }) => Object.assign(manner, { delayMs }),
      ),
    },
    stop: async () => {
      primary.stop();
      notifier.stop();
      server.stop();
      await Promise.all([listeners.stop(), editions.close(), ...secondaries.map((secondary) => secondary.stop())]);
    },
  };
}

function readSecondaryList(host: Host): CopiedZone[] {
  const path = join(host.dir, 'secondary');
  return existsSync(path) ? parseSecondaryList(readText(path), shownPath(path), host.net) : [];
}
