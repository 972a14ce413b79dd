/**
 * What caused what. Every report names its exchange, and may name the exchange that made it necessary. Followed upwards,
 * causes lead to the one thing that somebody asked for; followed downwards from there, to everything that it took:
 *
 *     http  a page is asked of the proxy          depth 0
 *       dns   its name is asked of the resolver   depth 1
 *         dns   a root server refers it           depth 2
 *         dns   a TLD server refers it            depth 2
 *       http  the origin is asked                 depth 1
 */

/** Exchanges in one chain, at most: more than any page, message or piece takes. */
export const CHAIN_EXCHANGES_MAX = 500;
/** Reports in one chain, at most. */
const CHAIN_REPORTS_MAX = 2_000;

/** What a chain is made from. */
export interface Linked {
  readonly exchange: string;
  readonly cause: string | undefined;
}

/** One exchange of a chain with its reports, in the order of their arrival. */
export interface ChainLink<R extends Linked> {
  readonly exchange: string;
  /** The exchange that caused it, or null for the first of the chain. */
  readonly cause: string | null;
  /** Steps from the first of the chain. */
  readonly depth: number;
  /** Empty for a cause that was named, but of which nothing is known (any more). */
  readonly reports: readonly R[];
}

interface Node<R> {
  readonly reports: R[];
  cause: string | null;
  readonly effects: string[];
}

/** The whole chain that `exchange` is part of, causes before effects. Empty when nothing is known of it. */
export function chainOf<R extends Linked>(reports: Iterable<R>, exchange: string): ChainLink<R>[] {
  const nodes = nodesOf(reports);
  if (!nodes.has(exchange)) return [];
  const chain: ChainLink<R>[] = [];
  const seen = new Set<string>();
  const waiting = [{ exchange: firstCause(nodes, exchange), depth: 0 }];
  let room = CHAIN_REPORTS_MAX;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = nodes.get(next.exchange);
    if (node === undefined || seen.has(next.exchange) || chain.length >= CHAIN_EXCHANGES_MAX) continue;
    seen.add(next.exchange);
    const taken = node.reports.slice(0, room);
    room -= taken.length;
    const { depth } = next;
    chain.push({ exchange: next.exchange, cause: depth === 0 ? null : node.cause, depth, reports: taken });
    // Backwards, because the last one in is the first one out.
    for (const effect of node.effects.toReversed()) waiting.push({ exchange: effect, depth: depth + 1 });
  }
  return chain;
}

function nodesOf<R extends Linked>(reports: Iterable<R>): Map<string, Node<R>> {
  const nodes = new Map<string, Node<R>>();
  const nodeOf = (exchange: string): Node<R> => {
    const known = nodes.get(exchange);
    if (known !== undefined) return known;
    const node: Node<R> = { reports: [], cause: null, effects: [] };
    nodes.set(exchange, node);
    return node;
  };
  for (const report of reports) {
    const node = nodeOf(report.exchange);
    node.reports.push(report);
    // The first cause that an exchange names is kept: it cannot have two.
    if (report.cause === undefined || node.cause !== null || report.cause === report.exchange) continue;
    node.cause = report.cause;
    nodeOf(report.cause).effects.push(report.exchange);
  }
  return nodes;
}

/** The exchange at the beginning of the causes of `exchange`; a circle, which only a lie can make, ends where it closes. */
function firstCause<R>(nodes: ReadonlyMap<string, Node<R>>, exchange: string): string {
  const passed = new Set<string>();
  let first = exchange;
  for (
    let cause: string | null = exchange;
    cause !== null && !passed.has(cause);
    cause = nodes.get(cause)?.cause ?? null
  ) {
    passed.add(cause);
    first = cause;
  }
  return first;
}
