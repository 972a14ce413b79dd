import { domainToASCII } from 'node:url';

/** The application with every name in the form that DNS carries (RFC 5890, section 2.3.2.1). */
export function inAscii(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const { name, nameServers } = input as { name?: unknown; nameServers?: unknown };
  const servers = Array.isArray(nameServers)
    ? nameServers.map((each: unknown) =>
        typeof each === 'object' && each !== null
          ? { ...each, name: asciiName((each as { name?: unknown }).name) }
          : each,
      )
    : nameServers;
  return { ...input, name: asciiName(name), nameServers: servers };
}

/** `한글.kr` as `xn--bj0bj06e.kr`; what is no such name stays as it is, and is told of as a fault. */
export function asciiName(input: unknown): unknown {
  if (typeof input !== 'string' || !/[^\0-\x7f]/.test(input)) return input;
  return domainToASCII(input.trim()) || input;
}
