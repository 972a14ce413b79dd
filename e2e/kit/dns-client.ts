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

/**
 * How long an answer is waited for before the question is asked again, in milliseconds, and how often: the local DNS server takes
 * up to 5 s for a zone whose servers are silent, and one that is being started again loses a question.
 */
const TRY_MS = 15_000;
const TRIES_MAX = 6;

/** Asks `server` with RD set, as a host asks its local DNS server. */
export async function ask(
  server: Endpoint,
  name: string,
  type: 'A' | 'MX' | 'CNAME' | 'NS' = 'A',
): Promise<SeenAnswer> {
  const query = dns2.UDPClient({ dns: server.address, port: server.port, timeout: TRY_MS });
  const answer = await patiently(() => query(name, type));
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

async function patiently<Answer>(tryOnce: () => Promise<Answer>): Promise<Answer> {
  for (let left = TRIES_MAX - 1; left > 0; left -= 1) {
    const answer = await tryOnce().catch(() => undefined);
    if (answer !== undefined) return answer;
  }
  return tryOnce();
}
