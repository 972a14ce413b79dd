import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { ednsWith, type Message, queryFor, type ResourceRecord } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { CLASS, parseType } from '#shared/dns/registry.ts';
import { signRequest } from '#shared/dns/tsig.ts';
import { formatTsigKey, parseTsigKeys, type TsigKey } from '#shared/dns/tsig-key.ts';
import { updateMessage } from '#shared/dns/update.ts';
import { askTcp, askUdp, converse } from '#shared/host/dns/ask.ts';
import { tsigHmac } from '#shared/host/dns/tsig-hmac.ts';
import type { TestHost } from '#shared/host/test-host.ts';

export const [KEY] = parseTsigKeys(
  'key "owner." { algorithm hmac-sha256; secret "b25seSBmb3IgdGVzdHMsIGFuZCBubyBzZWNyZXQ="; };',
  'owner.key',
) as [TsigKey];

/** Puts zones, the key and a policy into a host's folder. */
export function writeHost(
  host: { readonly dir: string },
  zones: Readonly<Record<string, string>>,
  policy = '* grant owner. zonesub ANY\n',
): void {
  mkdirSync(join(host.dir, 'zones'), { recursive: true });
  mkdirSync(join(host.dir, 'keys'), { recursive: true });
  for (const [name, text] of Object.entries(zones)) writeFileSync(join(host.dir, 'zones', `${name}.zone`), text);
  writeFileSync(join(host.dir, 'keys', 'owner.key'), formatTsigKey(KEY));
  writeFileSync(join(host.dir, 'update-policy'), policy);
}

/** Where a server is. */
export type Target = Pick<TestHost, 'address' | 'endpoint'>;

let id = 0;
const nextId = () => (id = (id + 1) & 0xffff);

export interface Sending {
  readonly transport?: 'udp' | 'tcp';
  readonly key?: TsigKey | undefined;
  readonly prerequisites?: readonly ResourceRecord[];
  readonly from?: string;
}

const asking = (host: Target, from = host.address) => ({
  ...{ to: host.endpoint(53), from, timeoutMs: 30_000, signal: new AbortController().signal },
});

/** Sends an update as nsupdate does, and returns the answer, whose signature was verified. */
export async function sendUpdate(
  host: Target,
  zone: string,
  updates: readonly ResourceRecord[],
  { transport = 'udp', prerequisites = [], from, ...given }: Sending = {},
): Promise<Message> {
  const key = 'key' in given ? given.key : KEY;
  const query = updateMessage(parseName(zone), { prerequisites, updates }, { id: nextId(), edns: null });
  const ask = transport === 'udp' ? askUdp : askTcp;
  return (await ask({ ...asking(host, from), query, key })).message;
}

/** The octets of an update signed `ageS` seconds ago. */
export function signedOctets(zone: string, updates: readonly ResourceRecord[], ageS = 0): Uint8Array {
  const query = updateMessage(parseName(zone), { prerequisites: [], updates }, { id: nextId(), edns: null });
  return signRequest(encodeMessage(query), KEY, Math.floor(Date.now() / 1000) - ageS, tsigHmac).octets;
}

/** A socket that sends octets as they are, and gives the answer as it came. */
export async function rawClient(host: Target): Promise<{ send(octets: Uint8Array): Promise<Buffer>; close(): void }> {
  const socket: Socket = createSocket('udp4');
  socket.bind(0, host.address);
  await once(socket, 'listening');
  return {
    send: async (octets) => {
      const answer = once(socket, 'message');
      socket.send(octets, 53, host.address);
      return (await answer)[0] as Buffer;
    },
    close: () => socket.close(),
  };
}

/** Asks for a zone, or for what has changed in it since `soa`, and returns all records in their order. */
export async function transferOf(
  host: Target,
  question: string,
  { soa, key, from }: { soa?: ResourceRecord; key?: TsigKey; from?: string } = {},
): Promise<ResourceRecord[]> {
  const [qname, qtype] = question.split(' ');
  const plain = queryFor(
    { qname: parseName(qname!), qtype: parseType(qtype!), qclass: CLASS.IN },
    { id: nextId(), rd: false, edns: ednsWith() },
  );
  const query = soa === undefined ? plain : { ...plain, authority: [soa] };
  const records: ResourceRecord[] = [];
  await converse({ ...asking(host, from), query, key }, ({ rcode, answer }) => {
    if (rcode !== 0) throw new Error(`RCODE ${rcode}`);
    records.push(...answer);
    const [first, last] = [records[0], records.at(-1)];
    const isOne = records.length === 1 && soa !== undefined;
    return isOne || (records.length > 1 && JSON.stringify(first) === JSON.stringify(last));
  });
  return records;
}
