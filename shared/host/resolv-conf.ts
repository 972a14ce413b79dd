/** The first `nameserver` of a resolv.conf (resolver(5)), or undefined where it names none. */
export function nameserverIn(text: string): string | undefined {
  return /^nameserver[ \t]+(\S+)/m.exec(text)?.[1];
}
