import type { LabMap } from '#shared/host/lab-map.ts';
import { partOf } from '../protocol/address-plan.ts';
import type { Words } from './words.ts';

/** Names of root servers, a.root-servers.net to m.root-servers.net; how many machines answer to them is another number. */
const ROOT_NAMES = 13;

/** How many names the root has, and how many servers of this lab stand behind them. */
export function rootSentence(map: LabMap, words: Words): string {
  const servers = map.hosts.filter(({ address }) => partOf(address) === 'root').length;
  return words.rootServers.replace('{n}', String(ROOT_NAMES)).replace('{m}', String(servers));
}
