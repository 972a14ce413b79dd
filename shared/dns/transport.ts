/**
 * What carries a DNS message: UDP and TCP (RFC 1035, section 4.2), TLS (RFC 7858), HTTPS (RFC 8484). Only UDP has a limit
 * for a response; only TLS and HTTPS hide it.
 */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https';
