import { join } from 'node:path';
import { syncFolder } from '#shared/host/durable-file.ts';
import type { MaildirFlags } from '../protocol/maildir-name.ts';
import { FlagChange, type FlagOptions, type FlagOutcome } from './flag-change.ts';
import type { MaildirFile } from './maildir.ts';
import { removeFiles } from './message-file.ts';
import type { SharedIndex } from './shared-index.ts';

/** Sets the flags of messages to what `changeOf` makes of them; their files move to `cur`. To be done in turn. */
export async function changeFlags(
  shared: SharedIndex,
  uids: readonly number[],
  changeOf: (flags: MaildirFlags) => MaildirFlags,
  { by, unchangedSince }: FlagOptions,
): Promise<ReadonlyMap<number, FlagOutcome>> {
  // What another program did since the last look counts as a modification.
  if (unchangedSince === undefined) await shared.lookOnce();
  else await shared.look();
  const change = new FlagChange(changeOf, unchangedSince);
  const lost = await apply(shared, change, uids, by);
  if (lost.length === 0) return change.outcomes;
  await shared.look();
  for (const uid of await apply(shared, change, lost, by)) change.outcomes.set(uid, 'gone');
  return change.outcomes;
}

/** Gives the UIDs whose files are not where they were. */
async function apply(
  { index, watchers }: SharedIndex,
  change: FlagChange,
  uids: readonly number[],
  by: object | undefined,
): Promise<number[]> {
  const { changed, lost } = await change.apply(index, uids);
  watchers.tellDifference({ modseq: changed[0]?.modseq ?? 0, expunged: [], flagged: changed, arrived: [] }, by);
  return lost;
}

/** Removes messages; those that are gone already are no fault. To be done in turn; durable when this resolves. */
export async function expungeMessages(shared: SharedIndex, uids: readonly number[]): Promise<void> {
  await shared.look();
  // Flags that another program changes meanwhile move files: those are removed after another look.
  const lost = await remove(shared, uids);
  if (lost.length === 0) return;
  await shared.look();
  await remove(shared, lost);
}

/** Gives the UIDs of messages that are there, but not where they were. */
async function remove(shared: SharedIndex, uids: readonly number[]): Promise<number[]> {
  const { index } = shared;
  const there = uids.flatMap((uid) => index.messageOf(uid) ?? []);
  if (there.length === 0) return [];
  const removed = await index.own(async () => {
    const found = await removeFiles(there.map((message) => index.path(message)));
    await Promise.all(['new', 'cur'].map((folder) => syncFolder(join(index.dir, folder))));
    return there.filter((_, place) => found[place]);
  });
  const gone = new Set(removed.map(({ uid }) => uid));
  shared.learn(await index.note([], [...gone]));
  return there.filter(({ uid }) => !gone.has(uid)).map(({ uid }) => uid);
}

/** Lets messages appear, and gives them UIDs; the bases of their names. To be done in turn. */
export async function receiveMessages(shared: SharedIndex, appear: () => Promise<MaildirFile[]>): Promise<string[]> {
  // What came before gets its UIDs before.
  await shared.lookToAdd();
  const files = await shared.index.own(appear);
  shared.learn(await shared.index.note(files, []));
  return files.map(({ base }) => base);
}
