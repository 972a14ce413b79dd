import { encodeMessage } from '../../../dns/encode-message.ts';
import { type Edns, ednsWith, type Message, queryFor } from '../../../dns/message.ts';
import { parseName } from '../../../dns/name-text.ts';
import { CLASS, parseType } from '../../../dns/registry.ts';
import type { Endpoint } from '../../../report.ts';
import { askTcp, askUdp } from '../ask.ts';

export interface AskOptions {
  readonly rd?: boolean;
  readonly edns?: Edns | null;
  readonly transport?: 'udp' | 'tcp';
  readonly from?: string;
  readonly timeoutMs?: number;
}

let id = 0;

/** Asks a server a question, as dig does: `ask({ address, port: 53 }, 'www.cnn.com A')`. */
export async function ask(to: Endpoint, question: string, options: AskOptions = {}): Promise<Message> {
  const { rd = false, edns = ednsWith(), transport = 'udp', from = to.address, timeoutMs = 30_000 } = options;
  const query = queryNamed(question, { rd, edns });
  const send = transport === 'udp' ? askUdp : askTcp;
  const reply = await send({ query, to, from, timeoutMs, signal: new AbortController().signal });
  return reply.message;
}

/** A query from `NAME TYPE`. */
function queryNamed(question: string, given: { rd: boolean; edns: Edns | null }): Message {
  const [qname, qtype] = question.split(' ');
  id = (id + 1) & 0xffff;
  return queryFor({ qname: parseName(qname!), qtype: parseType(qtype!), qclass: CLASS.IN }, { id, ...given });
}

export function octetsNamed(question: string): Uint8Array {
  return encodeMessage(queryNamed(question, { rd: false, edns: null }));
}
