/**
 * How a program finds another host: by name, through the lab's local DNS server, over UDP (and TCP when the answer is
 * truncated). Nothing here knows the machine's own resolver.
 */

/** Where a name leads and through which exchange that was learnt. */
export interface Addresses {
  /** IPv4 addresses in the order in which the server gave them: use the first. */
  readonly addresses: readonly string[];
  /** The name at the end of the CNAME chain, without the final dot. */
  readonly canonicalName: string;
  /** The exchange with the resolver: the cause of nothing, but the effect of the caller's exchange. */
  readonly exchange: string;
}

/** One record of an MX answer (RFC 5321, section 5.1). An exchange of "." is a null MX (RFC 7505). */
export interface MailExchange {
  readonly preference: number;
  readonly exchange: string;
}

/** Why a name led nowhere: the outcomes of RFC 9499, and `timeout` when the resolver was silent. */
export type NameFailure = 'name-error' | 'no-data' | 'server-failure' | 'refused' | 'timeout';

export class NameLookupError extends Error {
  override readonly name = 'NameLookupError';
  readonly failure: NameFailure;

  constructor(qname: string, qtype: string, failure: NameFailure) {
    super(`Cannot look up ${qname} ${qtype}: ${failure}`);
    this.failure = failure;
  }
}

export interface Names {
  /** The IPv4 addresses of `name`. An address literal is returned as it is. @throws NameLookupError */
  addresses(name: string, cause?: string): Promise<Addresses>;
  /** The MX records of `domain` by rising preference; `no-data` is an error like the others. @throws NameLookupError */
  mailExchanges(domain: string, cause?: string): Promise<readonly MailExchange[]>;
  close(): Promise<void>;
}
