/** Which of the lab's messages an arrow of the ladder is. */

/** @import { Step } from './explanation.ts' */
/** @import { Shown } from './report-list.js' */
/** @typedef {{ exchange: string, reports: readonly Shown[] }} Link of the chain that GET /api/exchanges/EXCHANGE gives */

/**
 * The report of the message that `step`, a query or a reply, tells of; undefined where it is not held.
 * @param {Step} step
 * @param {readonly Step[]} steps all of the explanation
 * @param {readonly Link[]} chain
 * @param {string} resolver name of the host that asked
 */
export function reportOf(step, steps, chain, resolver) {
  const query = steps.find(({ kind, query }) => kind === 'query' && query === step.query);
  const reports = query === undefined ? [] : reportsOf(query, steps, chain);
  const kind = step.kind === 'query' ? 'dns.query' : 'dns.response';
  const found = reports.filter((report) => report.kind === kind);
  return found.find(({ host }) => host === resolver) ?? found[0];
}

/**
 * The reports of a query and its reply: those of its exchange. Where a step does not name it, the first query to a server
 * is the first exchange with that server, and so on.
 * @param {Step} query
 * @param {readonly Step[]} steps
 * @param {readonly Link[]} chain
 */
function reportsOf(query, steps, chain) {
  if (query.exchange !== undefined) return chain.find(({ exchange }) => exchange === query.exchange)?.reports ?? [];
  const address = addressOf(query);
  const sent = steps.filter((step) => step.kind === 'query' && step.isShared !== true && addressOf(step) === address);
  const asked = chain
    .filter(({ reports }) => reports.some(({ kind, to }) => kind === 'dns.query' && to?.address === address))
    .toSorted((one, other) => beginOf(one) - beginOf(other));
  return asked[sent.indexOf(query)]?.reports ?? [];
}

/** @param {Link} link */
function beginOf({ reports }) {
  return Math.min(...reports.map(({ at }) => at));
}

/** @param {Step} step */
function addressOf({ server }) {
  return typeof server === 'object' ? server.address : undefined;
}
