import dns2 from 'dns2';
import type { Endpoint } from '#shared/report.ts';

/** An answer as dns2's client reads it: an independent judge of our messages. */
export interface SeenAnswer {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable: boolean;
  readonly records: readonly { name: string; type: string; ttl: number; value: string }[];
}

const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'A', 2: 'NS', 5: 'CNAME', 15: 'MX' };

/** Asks `server` with RD set, as a host asks its local DNS server. */
export async function ask(
  server: Endpoint,
  name: string,
  type: 'A' | 'MX' | 'CNAME' | 'NS' = 'A',
): Promise<SeenAnswer> {
  const query = dns2.UDPClient({ dns: server.address, port: server.port, timeout: 6_000 });
  const answer = await query(name, type);
  return {
    rcode: answer.header.rcode,
    authoritative: answer.header.aa === 1,
    recursionAvailable: answer.header.ra === 1,
    records: answer.answers.map((record) => ({
      name: record.name,
      type: TYPE_NAMES[record.type] ?? String(record.type),
      ttl: record.ttl,
      value: String('address' in record ? record.address : 'domain' in record ? record.domain : ''),
    })),
  };
}
