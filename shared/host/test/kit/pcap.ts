import type { Endpoint } from '#shared/report.ts';

/**
 * Reads what `tcpdump -w` writes, as far as the tests ask: classic pcap, Ethernet, IPv4, UDP and TCP.
 *
 * A file header of 24 octets, then for each packet a header of 16 (seconds, microseconds, octets kept, octets on the
 * wire) and the frame: 14 octets of Ethernet, the IPv4 header, the UDP or TCP header, the payload.
 */

const FILE_HEADER_OCTETS = 24;
const PACKET_HEADER_OCTETS = 16;
const ETHERNET_HEADER_OCTETS = 14;
const UDP_HEADER_OCTETS = 8;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINK_TYPE_ETHERNET = 1;
const ETHER_TYPE_IPV4 = 0x0800;
const PROTOCOL = { 6: 'tcp', 17: 'udp' } as const;
/** Kind of the TCP option "maximum segment size" (RFC 9293, section 3.2). */
const OPTION_MSS = 2;

/** One segment or datagram that was on the wire. */
export interface Packet {
  /** Milliseconds since 1970, with a fraction. */
  readonly at: number;
  readonly protocol: 'tcp' | 'udp';
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Control bits by their names, in the order SYN ACK FIN RST PSH; none for UDP. */
  readonly flags: readonly Flag[];
  readonly payload: Uint8Array;
  /** The largest segment that this SYN says it takes; null where it says nothing. */
  readonly mss: number | null;
}

type Flag = 'SYN' | 'ACK' | 'FIN' | 'RST' | 'PSH';
const FLAG_BITS: Readonly<Record<Flag, number>> = { SYN: 0x02, ACK: 0x10, FIN: 0x01, RST: 0x04, PSH: 0x08 };

/** Takes the octets of a capture as they come, and gives the packets that have become complete. */
export class PcapReader {
  #octets = new Uint8Array();
  #littleEndian: boolean | null = null;

  push(chunk: Uint8Array): Packet[] {
    const joined = new Uint8Array(this.#octets.length + chunk.length);
    joined.set(this.#octets);
    joined.set(chunk, this.#octets.length);
    this.#octets = joined;
    if (this.#littleEndian === null && !this.#readFileHeader()) return [];
    const packets: Packet[] = [];
    for (let frame = this.#nextFrame(); frame !== null; frame = this.#nextFrame()) {
      const packet = readFrame(frame.octets, frame.at);
      if (packet !== null) packets.push(packet);
    }
    return packets;
  }

  #readFileHeader(): boolean {
    if (this.#octets.length < FILE_HEADER_OCTETS) return false;
    const view = new DataView(this.#octets.buffer);
    this.#littleEndian = view.getUint32(0, true) === MAGIC_MICROSECONDS;
    if (!this.#littleEndian && view.getUint32(0) !== MAGIC_MICROSECONDS)
      throw new Error('This is no pcap in microseconds');
    const linkType = view.getUint32(20, this.#littleEndian);
    if (linkType !== LINK_TYPE_ETHERNET) throw new Error(`This pcap has link type ${linkType}, not Ethernet`);
    this.#octets = this.#octets.slice(FILE_HEADER_OCTETS);
    return true;
  }

  #nextFrame(): { octets: Uint8Array; at: number } | null {
    if (this.#octets.length < PACKET_HEADER_OCTETS) return null;
    const view = new DataView(this.#octets.buffer);
    const littleEndian = this.#littleEndian === true;
    const end = PACKET_HEADER_OCTETS + view.getUint32(8, littleEndian);
    if (this.#octets.length < end) return null;
    const at = view.getUint32(0, littleEndian) * 1000 + view.getUint32(4, littleEndian) / 1000;
    const octets = this.#octets.slice(PACKET_HEADER_OCTETS, end);
    this.#octets = this.#octets.slice(end);
    return { octets, at };
  }
}

function readFrame(frame: Uint8Array, at: number): Packet | null {
  if (frame.length < ETHERNET_HEADER_OCTETS + 20) return null;
  const view = new DataView(frame.buffer);
  if (view.getUint16(12) !== ETHER_TYPE_IPV4) return null;
  const ip = ETHERNET_HEADER_OCTETS;
  const protocol = PROTOCOL[view.getUint8(ip + 9) as keyof typeof PROTOCOL];
  const end = Math.min(frame.length, ip + view.getUint16(ip + 2));
  const segment = ip + (view.getUint8(ip) & 0x0f) * 4;
  if (protocol === undefined || end < segment + UDP_HEADER_OCTETS) return null;
  const from = { address: addressAt(frame, ip + 12), port: view.getUint16(segment) };
  const to = { address: addressAt(frame, ip + 16), port: view.getUint16(segment + 2) };
  if (protocol === 'udp') {
    const payload = frame.slice(segment + UDP_HEADER_OCTETS, end);
    return { at, protocol, from, to, flags: [], payload, mss: null };
  }
  const data = segment + (view.getUint8(segment + 12) >> 4) * 4;
  const bits = view.getUint8(segment + 13);
  const flags = (Object.keys(FLAG_BITS) as Flag[]).filter((flag) => (bits & FLAG_BITS[flag]) !== 0);
  return { at, protocol, from, to, flags, payload: frame.slice(data, end), mss: mssIn(view, segment + 20, data) };
}

function addressAt(frame: Uint8Array, offset: number): string {
  return frame.subarray(offset, offset + 4).join('.');
}

/** Options are kind, length, value; kinds 0 (end) and 1 (padding) are single octets. */
function mssIn(view: DataView, begin: number, end: number): number | null {
  for (let at = begin; at + 1 < end && view.getUint8(at) !== 0; ) {
    if (view.getUint8(at) === OPTION_MSS) return view.getUint16(at + 2);
    at += view.getUint8(at) === 1 ? 1 : Math.max(2, view.getUint8(at + 1));
  }
  return null;
}
