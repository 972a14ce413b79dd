/**
 * What may still be spent on a question. A search that is opened on behalf of another spends from its own budget and from
 * that one's: however deep look-ups nest, what a client's question costs has one limit.
 */

/** Queries that one client's question may cost. */
export const QUERIES_MAX = 30;
/**
 * Queries that the addresses of one zone's servers may cost: with the query that was answered by the referral, a hostile
 * referral costs ten at most (NXNS attack, CVE-2020-12662).
 */
export const QUERIES_OF_REFERRAL_MAX = 9;

export interface Budget {
  queries: number;
  readonly of: Budget | null;
}

export function openBudget(queries: number, of: Budget | null = null): Budget {
  return { queries, of };
}

/** Takes one query from the budget and from those above it; false where one of them is spent. */
export function spend(budget: Budget): boolean {
  if (isSpent(budget)) return false;
  for (let at: Budget | null = budget; at !== null; at = at.of) at.queries -= 1;
  return true;
}

export function isSpent(budget: Budget): boolean {
  for (let at: Budget | null = budget; at !== null; at = at.of) if (at.queries <= 0) return true;
  return false;
}
