import { encodeMessage } from '../../dns/encode-message.ts';
import type { Message } from '../../dns/message.ts';
import type { Seal } from '../../dns/tsig.ts';

/** The octets of a response, at most `limit`, closed by `seal` where the query was signed. */
export function encodeResponse(message: Message, limit: number, seal: Seal | undefined): Uint8Array<ArrayBuffer> {
  if (seal === undefined) return encodeMessage(message, limit);
  // The machine's time: the lab's clock may be months ahead, and the other side need not share it.
  return seal.close(encodeMessage(message, limit - seal.octets), Math.floor(Date.now() / 1000));
}
