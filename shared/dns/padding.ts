/**
 * Padding (RFC 7830): a response that goes through an encrypted connection is made as long as many others, so that its
 * length does not tell which name was asked for. It is given to who pads too (RFC 7830, section 4), in blocks of 468 octets
 * (RFC 8467, section 4.1).
 */
import { encodeMessage } from './encode-message.ts';
import { type EdnsOption, MESSAGE_OCTETS_MAX, type Message } from './message.ts';

const PADDING_OPTION = 12;
/** Octets of an option before its data. */
const OPTION_HEADER_OCTETS = 4;
const BLOCK_OCTETS = 468;

/** `response` with its padding, where `query` has any. */
export function padded(response: Message, query: Message): Message {
  const { edns } = response;
  if (edns === null || !query.edns?.options.some(isPadding)) return response;
  const options = edns.options.filter((option) => !isPadding(option));
  const bare = encodeMessage({ ...response, edns: { ...edns, options } }).length + OPTION_HEADER_OCTETS;
  if (bare > MESSAGE_OCTETS_MAX) return response;
  const wanted = Math.min(MESSAGE_OCTETS_MAX, Math.ceil(bare / BLOCK_OCTETS) * BLOCK_OCTETS);
  const padding = { code: PADDING_OPTION, data: new Uint8Array(wanted - bare) };
  return { ...response, edns: { ...edns, options: [...options, padding] } };
}

function isPadding({ code }: EdnsOption): boolean {
  return code === PADDING_OPTION;
}
