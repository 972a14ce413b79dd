import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameName, type Name, nameKey } from '#shared/dns/name.ts';
import { formatName } from '#shared/dns/name-text.ts';
import type { TsigKey } from '#shared/dns/tsig-key.ts';
import { ConfigError } from '#shared/host/config.ts';
import { LentAnswers } from '#shared/host/dns/lent-answers.ts';
import { listenDns } from '#shared/host/dns/listen.ts';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config } from './config.ts';
import { Rotation } from './protocol/rotation.ts';
import { type CopiedZone, parseSecondaryList } from './protocol/secondary-list.ts';
import { DELAY_MS_MAX, type Manner, RECURSIONS } from './server/manner.ts';
import { Notifier } from './server/notifier.ts';
import { ResponseRates } from './server/response-rates.ts';
import { SecondaryZone } from './server/secondary-zone.ts';
import { Signatures } from './server/signatures.ts';
import { SignedUpdates } from './server/signed-updates.ts';
import { Updates } from './server/updates.ts';
import { type Desk, ZoneServer } from './server/zone-server.ts';
import { Editions } from './store/editions.ts';
import { type Access, readAccess } from './store/keys.ts';
import { PrimaryZones } from './store/primary-zones.ts';
import { Publisher } from './store/publisher.ts';
import { ZoneCopies } from './store/zone-copies.ts';
import { readText, shownPath } from './store/zone-files.ts';
import { ZoneTable } from './store/zone-table.ts';
import { writeZoneText } from './store/zone-text.ts';

/** A root, TLD or authoritative server: they are one program, and differ by their zones. */
export const program: Program<Config> = { name: 'authoritative', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const lent = new LentAnswers();
  const table = new ZoneTable(() => lent.forget());
  const editions = new Editions(host);
  const notifier = new Notifier(host);
  const publisher = new Publisher(host, table, editions, ({ zone, edition, because }) =>
    notifier.notify(zone, because, () => editions.keepTold(zone.origin, edition)),
  );
  const primary = new PrimaryZones(host, table, editions, publisher);
  const copied = readSecondaryList(host);
  const copies = new ZoneCopies(host.stateDir, host.net);
  const access = readAccess(host.dir);
  const secondaries = copied.map((zone) => new SecondaryZone(zone, host, table, copies, keyOf(zone, access)));
  const ofOrigin = (origin: Name) => secondaries.find((secondary) => isSameName(secondary.origin, origin));
  const desk: Desk = {
    historyOf: (origin, serial) => (ofOrigin(origin) ?? primary).historyOf(origin, serial),
    signatures: new Signatures(access, host.net),
    updates: new SignedUpdates(new Updates(host, table, primary)),
    rates: new ResponseRates(host, {
      perS: config.RATE_LIMIT_PER_S,
      slip: config.RATE_LIMIT_SLIP,
      isForLab: config.RATE_LIMIT_LAB,
    }),
  };
  const manner: Manner = { recursion: config.RECURSION, delayMs: config.ANSWER_DELAY_MS };
  const server = new ZoneServer(
    host,
    table,
    desk,
    new Rotation(config.ROTATE_ANSWERS),
    manner,
    ({ origin, serial }, exchange) => ofOrigin(origin)?.notify(serial, exchange),
  );

  desk.updates.load(await primary.load());
  if (table.zones.size === 0 && copied.length === 0) {
    const where = shownPath(host.dir);
    throw new ConfigError(
      `${where} has no zone: put a file NAME.zone into ${where}/zones, or list zones in ${where}/secondary`,
    );
  }
  const listeners = await listenDns(host, (request) => server.respond(request), {
    udp: config.DNS_UDP,
    udpWorkers: config.DNS_WORKERS,
    lent,
  });
  const change = (changed: Partial<Manner>) => {
    Object.assign(manner, changed);
    lent.forget();
    return manner;
  };
  editions.load();
  primary.start();
  for (const secondary of secondaries) secondary.start();

  return {
    state: () => ({
      zones: table.state(),
      notified: notifier.state(),
      journals: primary.journals(),
      manner,
      outcomes: server.outcomes,
      ...listeners.counters(),
    }),
    reload: async () => {
      await primary.reload();
    },
    health: () => table.trouble() ?? primary.trouble(),
    roles: () => table.classes(),
    actions: {
      reload: action(
        'Reads the zone files again; a file that is refused leaves its zone as it was',
        z.object({}),
        async () => ({ zones: await primary.reload() }),
      ),
      sync: action(
        'Writes a zone as it is now, updates included, as a zone file into the state of this host, and shows it',
        z.object({ zone: z.string() }),
        ({ zone }) => writeZoneText(table, zone, host),
      ),
      recursion: action(
        'Refers clients to the servers of zones below (none), or asks those servers in their place (chain)',
        z.object({ recursion: z.enum(RECURSIONS) }),
        ({ recursion }) => change({ recursion }),
      ),
      distance: action(
        'Lets each answer go so many milliseconds later, as if this server were far away',
        z.object({ delayMs: z.number().int().min(0).max(DELAY_MS_MAX) }),
        ({ delayMs }) => change({ delayMs }),
      ),
    },
    stop: async () => {
      notifier.stop();
      server.stop();
      await listeners.stop();
      await primary.stop();
      await Promise.all([editions.close(), ...secondaries.map((secondary) => secondary.stop())]);
    },
  };
}

/** The key that a zone's transfers are signed with, where its line in `secondary` names one. */
function keyOf({ origin, key }: CopiedZone, { keys }: Access): TsigKey | undefined {
  if (key === null) return undefined;
  const found = keys.get(nameKey(key));
  if (found !== undefined) return found;
  throw new ConfigError(`secondary: ${formatName(origin)} needs the key ${formatName(key)}: put its file into keys/`);
}

function readSecondaryList(host: Host): CopiedZone[] {
  const path = join(host.dir, 'secondary');
  return existsSync(path) ? parseSecondaryList(readText(path), shownPath(path), host.net) : [];
}
