/** Which reports somebody wants to see. Null means that anything will do. */
export interface ReportFilter {
  /** The name of a host. */
  readonly host: string | null;
  /** A whole kind (`dns.query`), or the protocol that it begins with (`dns`); several with commas between them. */
  readonly kind: string | null;
  readonly exchange: string | null;
}

/** What a filter looks at. */
export interface Filterable {
  readonly host: string;
  readonly kind: string;
  readonly exchange: string;
}

/** Whether `report` passes `filter`. */
export function passes(filter: ReportFilter, report: Filterable): boolean {
  return (
    (filter.host === null || filter.host === report.host) &&
    (filter.exchange === null || filter.exchange === report.exchange) &&
    (filter.kind === null || filter.kind.split(',').some((kind) => isOfKind(report.kind, kind)))
  );
}

function isOfKind(kind: string, wanted: string): boolean {
  return kind === wanted || kind.startsWith(`${wanted}.`);
}
