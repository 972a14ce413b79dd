/** Statuses with which an origin says that it cannot answer now (RFC 9111, section 4.3.3; RFC 5861, section 4). */
export const ORIGIN_FAILED: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Where a request was to go, as far as it was known when it failed. */
export interface Place {
  readonly host: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** What went wrong; the page that says it to a person has advice for each. */
export type FailureKind =
  | 'forbidden'
  | 'name'
  | 'refused'
  | 'unreachable'
  | 'slow'
  | 'silent'
  | 'closed'
  | 'nonsense'
  | 'busy'
  | 'other';

interface Facts {
  readonly kind?: FailureKind;
  readonly place?: Place | undefined;
  /** No octet of the request has left: another address may be tried. */
  readonly beforeSending?: boolean;
  /** A kept connection ended before any octet of an answer: the origin may have closed it just then (RFC 9112, section 9.3.1). */
  readonly onKeptConnection?: boolean;
}

/** Why there is no answer from an origin, and what the client is told (RFC 9110, sections 15.6.3 and 15.6.5). */
export class OriginFailure extends Error {
  override readonly name = 'OriginFailure';
  readonly status: number;
  readonly kind: FailureKind;
  readonly place: Place | undefined;
  readonly beforeSending: boolean;
  readonly onKeptConnection: boolean;

  constructor(status: number, because: string, facts: Facts = {}) {
    super(because);
    this.status = status;
    this.kind = facts.kind ?? 'other';
    this.place = facts.place;
    this.beforeSending = facts.beforeSending ?? false;
    this.onKeptConnection = facts.onKeptConnection ?? false;
  }
}

/** What the machine says of a connection that could not be made, in a sentence. */
export function connectFailure(error: Error & { code?: string }, place: Place): OriginFailure {
  if (error instanceof OriginFailure) return error;
  const facts = { place, beforeSending: true } as const;
  const { code = '' } = error;
  if (code === 'ECONNREFUSED') {
    const because = `${place.host} refuses the connection: no server listens there`;
    return new OriginFailure(502, because, { ...facts, kind: 'refused' });
  }
  if (code === 'ETIMEDOUT') {
    return new OriginFailure(504, `no connection to ${place.host} was made in time`, { ...facts, kind: 'slow' });
  }
  return new OriginFailure(502, `${place.host} cannot be reached (${code || error.message})`, {
    ...facts,
    kind: 'unreachable',
  });
}
