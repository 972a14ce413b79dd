import { z } from 'zod';
import type { Host } from '#shared/host/host.ts';
import { action, type Program, type Running } from '#shared/host/program.ts';
import { type Config, config, RATE_MAX, UPLOAD_SLOTS_MAX } from './config.ts';
import { CHOKE_POLICIES, PICK_POLICIES, SEED_POLICIES } from './protocol/policy.ts';
import { listenForPeers } from './server/peer-listener.ts';
import { fileSource, parseSource, type TorrentSource } from './server/torrent-source.ts';
import { Refusal, Torrents } from './server/torrents.ts';

/** A BitTorrent peer: fetches the pieces of its torrents from its neighbours, and gives them on at the same time. */
export const program: Program<Config> = { name: 'peer', config, start };

async function start(config: Config, host: Host): Promise<Running> {
  const port = host.port(config.LISTEN_PORT);
  const torrents = new Torrents(host, config, port);
  const listener = await listenForPeers(host, port, (infoHash) => torrents.receptionOf(infoHash));
  try {
    await torrents.start();
  } catch (error) {
    await Promise.all([torrents.stop(), listener.close()]);
    throw error;
  }
  return {
    state: () => torrents.snapshot(),
    // A download that is not finished is no illness.
    health: () => torrents.trouble(),
    actions: actionsOf(torrents),
    stop: async () => {
      await Promise.all([torrents.stop(), listener.close()]);
    },
  };
}

/** The info hash of a torrent, as GET /state has it. */
const torrent = z.string('"torrent" is an info hash').optional();
const filesText = '"files" are numbers of files, from 0 on';
const files = z.array(z.int(filesText).min(0, filesText), filesText).nullable();

const slotsText = `"uploadSlots" is a whole number from 1 to ${UPLOAD_SLOTS_MAX}`;
const uploadSlots = z.int(slotsText).min(1, slotsText).max(UPLOAD_SLOTS_MAX, slotsText);

function rate(name: string) {
  const words = `"${name}" is a whole number of octets per second up to ${RATE_MAX}, or 0 for no limit`;
  return z.int(words).min(0, words).max(RATE_MAX, words).optional();
}

function oneOf<const Name extends string>(name: string, names: readonly Name[]) {
  return z.enum(names, `"${name}" is one of ${names.join(', ')}`).optional();
}

function truth(name: string) {
  return z.boolean(`"${name}" is true or false`);
}

function actionsOf(torrents: Torrents): NonNullable<Running['actions']> {
  return {
    add: action(
      'Takes part in one more torrent: {"source": URL or magnet link} or {"torrentFile": base64}, {"files": [0, 2]} for some of its files',
      z.strictObject({
        source: z.string('"source" is a URL or a magnet link').optional(),
        torrentFile: z.base64('"torrentFile" is a .torrent file in base64').optional(),
        files: files.optional(),
      }),
      async ({ source, torrentFile, files }) => {
        const added = await torrents.add(sourceOf(source, torrentFile), files ?? null);
        return { torrent: added.name };
      },
    ),
    remove: action(
      'Leaves a torrent; {"removeFiles": true} removes its files too',
      z.strictObject({
        torrent: z.string('say which torrent: its info hash'),
        removeFiles: truth('removeFiles').default(false),
      }),
      async ({ torrent, removeFiles }) => {
        await torrents.remove(torrent, removeFiles);
        return { removed: torrent };
      },
    ),
    show: action('Shows one torrent as GET /state shows the first', z.strictObject({ torrent }), ({ torrent }) =>
      torrents.find(torrent).snapshot(),
    ),
    files: action(
      'Fetches only these files of a torrent: {"files": [0, 2]}, or null for all',
      z.strictObject({ torrent, files }),
      async ({ torrent, files }) => {
        await torrents.choose(torrent, files);
        return { files };
      },
    ),
    limits: action(
      'Limits the peer: {"uploadBytesPerS": N, "downloadBytesPerS": N}, 0 for no limit',
      z.strictObject({ uploadBytesPerS: rate('uploadBytesPerS'), downloadBytesPerS: rate('downloadBytesPerS') }),
      (limits) => torrents.setLimits(limits),
    ),
    policies: action(
      `Chooses otherwise, for one torrent or all: pickPolicy (${PICK_POLICIES.join(', ')}), chokePolicy (${CHOKE_POLICIES.join(', ')}), seedPolicy (${SEED_POLICIES.join(', ')}), superSeeds, suggests, uploadSlots`,
      z.strictObject({
        torrent,
        pickPolicy: oneOf('pickPolicy', PICK_POLICIES),
        chokePolicy: oneOf('chokePolicy', CHOKE_POLICIES),
        seedPolicy: oneOf('seedPolicy', SEED_POLICIES),
        superSeeds: truth('superSeeds').optional(),
        suggests: truth('suggests').optional(),
        uploadSlots: uploadSlots.optional(),
      }),
      ({ torrent, ...policy }) => {
        const given = Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
        return { policies: torrents.named(torrent).map((one) => one.setPolicy(given)) };
      },
    ),
    verify: action('Computes all hashes of the files anew', z.strictObject({ torrent }), async ({ torrent }) => {
      await Promise.all(torrents.named(torrent).map((one) => one.verifyAgain()));
      return { verifying: true };
    }),
    'start-over': action(
      'Forgets the downloaded files and fetches them again',
      z.strictObject({ torrent }),
      async (given) => {
        await Promise.all(torrents.named(given.torrent).map((one) => one.startOver()));
        return { startedOver: true };
      },
    ),
    announce: action('Announces to the trackers now', z.strictObject({ torrent }), ({ torrent }) => {
      for (const one of torrents.named(torrent)) one.announceNow();
      return { announced: true };
    }),
  };
}

function sourceOf(source: string | undefined, torrentFile: string | undefined): TorrentSource {
  if ((source === undefined) === (torrentFile === undefined))
    throw new Refusal('Give either "source", a URL or a magnet link, or "torrentFile", a .torrent file in base64');
  try {
    return torrentFile === undefined ? parseSource(source ?? '') : fileSource(Buffer.from(torrentFile, 'base64'));
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}
