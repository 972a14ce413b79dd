/** Where each program that serves the Web listens, without TLS. */
const HTTP_PORTS: Readonly<Record<string, number>> = { origin: 80, proxy: 3128 };

/** Those of the hosts that can be spoken to in HTTP, octet by octet, with the port that each listens on. */
export function httpSpeakers<Host extends { readonly program: string | null }>(
  hosts: readonly Host[],
): readonly (Host & { readonly httpPort: number })[] {
  return hosts.flatMap((host) => {
    const httpPort = host.program === null ? undefined : HTTP_PORTS[host.program];
    return httpPort === undefined ? [] : [{ ...host, httpPort }];
  });
}
