import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Endpoint } from '#shared/report.ts';

/**
 * What the operating system itself says about its sockets: Linux's /proc/net/tcp and /proc/net/udp, and which process
 * holds which by a file descriptor.
 */

/** Whether this system has such files. Tests that need them are skipped elsewhere. */
export const hasProc: boolean = existsSync('/proc/net/tcp') && existsSync('/proc/self/fd');

export interface KernelSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly state: string;
  /** Octets that wait to be read; for a welcoming socket, connections that wait to be accepted. */
  readonly receiveQueue: number;
  readonly inode: number;
}

/** States by the numbers of Linux; a socket of UDP that is connected to nobody has that of CLOSE. */
const STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN-SENT',
  '03': 'SYN-RECEIVED',
  '04': 'FIN-WAIT-1',
  '05': 'FIN-WAIT-2',
  '06': 'TIME-WAIT',
  '07': 'UNCONNECTED',
  '08': 'CLOSE-WAIT',
  '09': 'LAST-ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

/** All sockets of `protocol` over IPv4, of every process. */
export function kernelSockets(protocol: 'tcp' | 'udp'): KernelSocket[] {
  const [, ...lines] = readFileSync(`/proc/net/${protocol}`, 'latin1').trimEnd().split('\n');
  return lines.map((line) => {
    const [, local = '', remote = '', state = '', queues = '', , , , , inode] = line.trim().split(/\s+/);
    return {
      protocol,
      local: parseEndpoint(local),
      remote: parseEndpoint(remote),
      state: STATES[state] ?? state,
      receiveQueue: Number.parseInt(queues.split(':')[1] ?? '0', 16),
      inode: Number(inode),
    };
  });
}

/** The file descriptors of process `pid` that are sockets: inode of the socket to descriptor. */
export function socketDescriptors(pid: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(target(pid, descriptor))?.[1];
    if (inode !== undefined) found.set(Number(inode), Number(descriptor));
  }
  return found;
}

/** Where a descriptor leads; nowhere when it was closed since the folder was read. */
function target(pid: number, descriptor: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return '';
  }
}

/** `0100007F:2EE0`: the address as one number in the byte order of this machine, the port in that of the network. */
function parseEndpoint(text: string): Endpoint {
  const [address = '', port = ''] = text.split(':');
  const octets = [6, 4, 2, 0].map((at) => Number.parseInt(address.slice(at, at + 2), 16));
  return { address: octets.join('.'), port: Number.parseInt(port, 16) };
}
