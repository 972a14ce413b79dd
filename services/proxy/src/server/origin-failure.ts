/** Why there is no answer from an origin, and what the client is told (RFC 9110, sections 15.6.3 and 15.6.5). */
export class OriginFailure extends Error {
  override readonly name = 'OriginFailure';
  readonly status: number;
  /** Whether no octet of the request has left: another address may be tried. */
  readonly beforeSending: boolean;
  /** Whether the connection had been used before: the origin may have closed it just then. */
  readonly onReusedSocket: boolean;

  constructor(status: number, because: string, beforeSending = false, onReusedSocket = false) {
    super(because);
    this.status = status;
    this.beforeSending = beforeSending;
    this.onReusedSocket = onReusedSocket;
  }

  /** What Node's client calls an error, in a sentence. */
  static from(
    error: Error & { code?: string },
    origin: string,
    beforeSending: boolean,
    onReusedSocket: boolean,
  ): OriginFailure {
    if (error instanceof OriginFailure) return error;
    const { code = '' } = error;
    if (code === 'ETIMEDOUT')
      return new OriginFailure(504, `the connection to ${origin} was not made in time`, beforeSending);
    if (code === 'ECONNREFUSED')
      return new OriginFailure(502, `${origin} refuses the connection: no server listens there`, true);
    if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
      return new OriginFailure(502, `${origin} cannot be reached`, true);
    if (code.startsWith('HPE_'))
      return new OriginFailure(502, `${origin} answered with what is no HTTP response: ${error.message}`);
    return new OriginFailure(502, `${origin} closed the connection without an answer`, beforeSending, onReusedSocket);
  }
}
