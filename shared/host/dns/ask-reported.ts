import { messageReport } from '../../dns/message-report.ts';
import type { Host } from '../host.ts';
import { type Ask, askTcp, askUdp, type Reply } from './ask.ts';

/** The exchange that a query begins, and why it is sent. */
interface Told {
  readonly exchange: string;
  readonly cause?: string | undefined;
  readonly because: string;
}

/** Asks from the host's address, and reports the query and its reply. @throws AskError */
export async function askReported(
  host: Host,
  transport: 'udp' | 'tcp',
  asked: Omit<Ask, 'from' | 'onSent'>,
  { exchange, cause, because }: Told,
): Promise<Reply> {
  const { query, to } = asked;
  const ours = { transport, exchange, cause };
  const onSent: Ask['onSent'] = (from, octets) =>
    host.report(messageReport({ ...ours, message: query, octets, from, to, because }));
  const ask = { ...asked, from: host.address, onSent };
  const reply = await (transport === 'udp' ? askUdp(ask) : askTcp(ask));
  host.report(messageReport({ ...ours, message: reply.message, octets: reply.octets, from: to, to: reply.from }));
  return reply;
}
