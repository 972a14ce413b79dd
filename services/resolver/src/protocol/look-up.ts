/**
 * Step 1 of RFC 1034, section 5.3.3: what the cache knows, from alias to alias as far as it leads. Nothing here waits,
 * so that an answer from the cache is ready in the same moment.
 */
import type { ResourceRecord } from '#shared/dns/message.ts';
import { isSameName, type Name } from '#shared/dns/name.ts';
import { formatHostname } from '#shared/dns/name-text.ts';
import { formatType, TYPE } from '#shared/dns/registry.ts';
import type { Cache, Cached, Stored } from './cache.ts';
import { cacheReason, type Step } from './explanation.ts';
import { redirect } from './redirection.ts';
import { cachedResolution, type Resolution } from './resolution.ts';

/** Aliases that one answer may consist of. */
const ALIASES_MAX = 12;

/** How far a search has come: the name at the end of the aliases so far, and the aliases. */
export interface Progress {
  readonly name: Name;
  readonly aliases: readonly ResourceRecord[];
}

export type LookUp =
  | { readonly kind: 'found'; readonly resolution: Resolution }
  | ({ readonly kind: 'unknown' } & Progress)
  | { readonly kind: 'endless'; readonly because: string };

/** @param tell is given each step; left out where nobody listens. */
export function lookUp(
  cache: Cache,
  from: Progress,
  qtype: number,
  given: { readonly now: number; readonly mayBeStale: boolean },
  tell?: (step: Step) => void,
): LookUp {
  let { name, aliases } = from;
  const of = { isDue: false, isStale: false, links: [] as Stored[] };
  for (;;) {
    const found = findIn(cache, name, qtype, given);
    tell?.({ kind: 'cache', name, type: qtype, found: found ?? 'nothing', because: reason(name, qtype, found) });
    if (found === undefined) return { kind: 'unknown', name, aliases };
    const alias = aliasIn(name, qtype, found);
    if (alias === null) return { kind: 'found', resolution: cachedResolution(name, aliases, found, of) };
    of.isDue ||= found.isDue;
    of.isStale ||= found.isStale;
    const { links, target } = alias;
    of.links.push(...links.map(() => found.stored));
    const next = follow({ name, aliases }, links, target);
    if ('because' in next) return { kind: 'endless', because: next.because };
    tell?.({
      kind: 'alias',
      name,
      target,
      because: `${formatHostname(name)} is an alias of ${formatHostname(target)}${found.type === TYPE.DNAME ? ': all below a DNAME record has another name' : ''}`,
    });
    ({ name, aliases } = next);
  }
}

/** Goes on with the name that an alias leads to, unless the chain leads nowhere. */
export function follow(
  { aliases }: Progress,
  links: readonly ResourceRecord[],
  target: Name,
): Progress | { readonly because: string } {
  const longer = [...aliases, ...links];
  // A DNAME record redirects what is below its owner, and not the owner: only CNAME records count.
  const cnames = longer.filter(({ type }) => type === TYPE.CNAME);
  if (cnames.some(({ owner }) => isSameName(owner, target))) return { because: 'the aliases lead in a circle' };
  if (cnames.length > ALIASES_MAX) return { because: `there are more than ${ALIASES_MAX} aliases` };
  return { name: target, aliases: longer };
}

/** What is asked for, or an alias in its place. All types of a name are never known together. */
function findIn(
  cache: Cache,
  name: Name,
  qtype: number,
  { now, mayBeStale }: { readonly now: number; readonly mayBeStale: boolean },
): Cached | undefined {
  if (qtype === TYPE.ANY) return undefined;
  const found =
    cache.find(name, qtype, 'answer', now) ?? liveAlias(cache, name, qtype, now) ?? cache.dnameAbove(name, now, false);
  if (found !== undefined || !mayBeStale) return found;
  return (
    cache.findStale(name, qtype, now) ??
    cache.findStale(name, TYPE.CNAME, now) ??
    cache.dnameAbove(name, now, mayBeStale)
  );
}

function liveAlias(cache: Cache, name: Name, qtype: number, now: number): Cached | undefined {
  if (qtype === TYPE.CNAME) return undefined;
  const alias = cache.find(name, TYPE.CNAME, 'answer', now);
  return alias?.knowledge === 'records' ? alias : undefined;
}

/** The aliases that lead on from `name`, and where to; null where the search ends here. */
function aliasIn(
  name: Name,
  qtype: number,
  { knowledge, records }: Cached,
): { readonly links: readonly ResourceRecord[]; readonly target: Name } | null {
  const [first] = records;
  // Who asks for the CNAME record itself has it.
  if (qtype === TYPE.CNAME || knowledge !== 'records' || first === undefined) return null;
  if (first.rdata.kind === 'CNAME') return { links: [{ ...first, owner: name }], target: first.rdata.target };
  const redirection = redirect(name, first);
  return redirection?.target === undefined ? null : { links: redirection.links, target: redirection.target };
}

function reason(name: Name, qtype: number, found: Cached | undefined): string {
  return `${formatHostname(name)} ${formatType(qtype)}: ${cacheReason(found)}`;
}
