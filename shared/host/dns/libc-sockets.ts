/**
 * Datagrams by the handful: `recvmmsg` and `sendmmsg` of the C library, through Node's experimental `node:ffi`. A system
 * call costs as much as all that a server does with a query, and Node makes two for each (docs/decisions/0011).
 *
 * The layout of `struct mmsghdr`, of 64 octets, on Linux with pointers of 64 bits; `struct iovec` is the 16 octets of a
 * pointer and a length, `struct sockaddr_in` family, port, address and 8 octets of nothing.
 *
 *      0 msg_name   8 msg_namelen   16 msg_iov   24 msg_iovlen   32 msg_control   40 msg_controllen   48 msg_flags   56 msg_len
 */
import { endianness } from 'node:os';
import type { Endpoint } from '../../report.ts';

const HEADER_OCTETS = 64;
const IOVEC_OCTETS = 16;
const SOCKADDR_OCTETS = 16;
/** Words of 32 bits from one header, and from one iovec, to the next; and where fields are in them. */
const HEADER_WORDS = HEADER_OCTETS / 4;
const IOVEC_WORDS = IOVEC_OCTETS / 4;
const NAME_WORDS = SOCKADDR_OCTETS / 4;
const NAMELEN_WORD = 2;
const FLAGS_WORD = 12;
const LENGTH_WORD = 14;

/** Numbers of Linux: socket(2), socket(7), recv(2). */
const AF_INET = 2;
const SOL_SOCKET = 1;
const SO_REUSEPORT = 15;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

type Ffi = typeof import('node:ffi');

const SIGNATURES = {
  socket: { return: 'int32', arguments: ['int32', 'int32', 'int32'] },
  setsockopt: { return: 'int32', arguments: ['int32', 'int32', 'int32', 'buffer', 'uint32'] },
  bind: { return: 'int32', arguments: ['int32', 'buffer', 'uint32'] },
  close: { return: 'int32', arguments: ['int32'] },
  recvmmsg: { return: 'int32', arguments: ['int32', 'buffer', 'uint32', 'int32', 'pointer'] },
  sendmmsg: { return: 'int32', arguments: ['int32', 'buffer', 'uint32', 'int32'] },
} as const;

function openLibrary(ffi: Ffi) {
  return ffi.dlopen('libc.so.6', SIGNATURES);
}

type Libc = ReturnType<typeof openLibrary>;

/** The C library's sockets, or in a sentence why they cannot be used here. */
export function openLibc(): LibcSockets | string {
  const is64BitLittleEndian = endianness() === 'LE' && ['x64', 'arm64'].includes(process.arch);
  if (process.platform !== 'linux' || !is64BitLittleEndian)
    return 'recvmmsg is used on Linux on x64 and arm64 processors only';
  const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined;
  if (ffi === undefined) return 'node:ffi is not there: start Node 26 with NODE_OPTIONS=--experimental-ffi';
  try {
    return new LibcSockets(ffi, openLibrary(ffi));
  } catch (error) {
    return `the C library cannot be opened: ${(error as Error).message}`;
  }
}

export class LibcSockets {
  readonly #ffi: Ffi;
  readonly #libc: Libc;

  constructor(ffi: Ffi, libc: Libc) {
    this.#ffi = ffi;
    this.#libc = libc;
  }

  /**
   * A UDP socket bound to `here`, as a file descriptor for `dgram`; undefined where the address cannot be had. One of many
   * on the same address and port, where it is said that it is.
   */
  bindUdp(here: Endpoint, isOneOfMany: boolean): number | undefined {
    const { functions } = this.#libc;
    const fd = functions.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return undefined;
    const address = Buffer.alloc(SOCKADDR_OCTETS);
    address.writeUInt16LE(AF_INET, 0);
    address.writeUInt16BE(here.port, 2);
    address.set(here.address.split('.').map(Number), 4);
    const yes = Buffer.from(Int32Array.of(1).buffer);
    const isSet = !isOneOfMany || functions.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, yes, yes.length) === 0;
    if (isSet && functions.bind(fd, address, SOCKADDR_OCTETS) === 0) return fd;
    functions.close(fd);
    return undefined;
  }

  openBatch(slots: number, slotOctets: number): DatagramBatch {
    return new DatagramBatch(this.#ffi, this.#libc, slots, slotOctets);
  }
}

/** The octets of an address, the first one lowest: a number to compare others with. */
export function addressWord(address: string): number {
  return address.split('.').reduceRight((word, octet) => word * 256 + Number(octet), 0);
}

/** Room for so many datagrams of so many octets, with the addresses that they come from or go to. */
export class DatagramBatch {
  readonly slots: number;
  readonly slotOctets: number;
  /** The slots, one after another. */
  readonly octets: Buffer;
  readonly #libc: Libc;
  readonly #headers: Buffer;
  readonly #headersButFirst: Buffer;
  readonly #iovecs: Buffer;
  readonly #names: Buffer;
  readonly #headerWords: Uint32Array;
  readonly #iovecWords: Uint32Array;
  readonly #nameWords: Uint32Array;

  constructor(ffi: Ffi, libc: Libc, slots: number, slotOctets: number) {
    this.#libc = libc;
    this.slots = slots;
    this.slotOctets = slotOctets;
    // Buffers of their own, never from Node's pool: their addresses are written down once, and they must stay.
    this.octets = Buffer.alloc(slots * slotOctets);
    this.#headers = Buffer.alloc(slots * HEADER_OCTETS);
    this.#headersButFirst = this.#headers.subarray(HEADER_OCTETS);
    this.#iovecs = Buffer.alloc(slots * IOVEC_OCTETS);
    this.#names = Buffer.alloc(slots * SOCKADDR_OCTETS);
    for (let slot = 0; slot < slots; slot += 1) {
      const header = slot * HEADER_OCTETS;
      this.#headers.writeBigUInt64LE(ffi.getRawPointer(this.#names) + BigInt(slot * SOCKADDR_OCTETS), header);
      this.#headers.writeUInt32LE(SOCKADDR_OCTETS, header + 8);
      this.#headers.writeBigUInt64LE(ffi.getRawPointer(this.#iovecs) + BigInt(slot * IOVEC_OCTETS), header + 16);
      this.#headers.writeBigUInt64LE(1n, header + 24);
      this.#iovecs.writeBigUInt64LE(ffi.getRawPointer(this.octets) + BigInt(slot * slotOctets), slot * IOVEC_OCTETS);
      this.#iovecs.writeUInt32LE(slotOctets, slot * IOVEC_OCTETS + 8);
    }
    this.#headerWords = wordsOf(this.#headers);
    this.#iovecWords = wordsOf(this.#iovecs);
    this.#nameWords = wordsOf(this.#names);
  }

  /** Puts a datagram that was received otherwise into the first slot. */
  putFirst(datagram: Uint8Array, { port, address }: Endpoint): void {
    this.octets.set(datagram);
    this.#names.writeUInt16LE(AF_INET, 0);
    this.#names.writeUInt16BE(port, 2);
    this.#nameWords[1] = addressWord(address);
    this.#headerWords[LENGTH_WORD] = datagram.length;
    this.#headerWords[FLAGS_WORD] = 0;
  }

  /** Takes what has come into the slots from `first` on, and does not wait: how many datagrams these are. */
  receive(fd: number, first: 0 | 1): number {
    const headers = first === 0 ? this.#headers : this.#headersButFirst;
    const count = Math.max(0, this.#libc.functions.recvmmsg(fd, headers, this.slots - first, MSG_DONTWAIT, 0n));
    // The kernel has written how long the addresses are; they are as long the next time.
    for (let slot = first; slot < first + count; slot += 1) {
      this.#headerWords[slot * HEADER_WORDS + NAMELEN_WORD] = SOCKADDR_OCTETS;
    }
    return count;
  }

  /** Octets of the datagram that was received in `slot`; one more than fit where it was cut. */
  lengthOf(slot: number): number {
    const isCut = (this.#headerWords[slot * HEADER_WORDS + FLAGS_WORD]! & MSG_TRUNC) !== 0;
    return isCut ? this.slotOctets + 1 : this.#headerWords[slot * HEADER_WORDS + LENGTH_WORD]!;
  }

  /** Octets of the datagram that is to go from `slot`. */
  sentLengthOf(slot: number): number {
    return this.#iovecWords[slot * IOVEC_WORDS + 2]!;
  }

  /** Address of the other end of the datagram in `slot`, as `addressWord` has it. */
  addressOf(slot: number): number {
    return this.#nameWords[slot * NAME_WORDS + 1]!;
  }

  portOf(slot: number): number {
    const name = slot * SOCKADDR_OCTETS;
    return (this.#names[name + 2]! << 8) | this.#names[name + 3]!;
  }

  /** The other end of the datagram in `slot`, in words. */
  endpointOf(slot: number): Endpoint {
    const name = slot * SOCKADDR_OCTETS;
    return { port: this.portOf(slot), address: this.#names.subarray(name + 4, name + 8).join('.') };
  }

  /** Makes `slot` a datagram of the `length` octets that stand in it, to go where that in `from` of `received` came from. */
  address(slot: number, length: number, received: DatagramBatch, from: number): void {
    const name = slot * NAME_WORDS;
    const sender = from * NAME_WORDS;
    this.#nameWords[name] = received.#nameWords[sender]!;
    this.#nameWords[name + 1] = received.#nameWords[sender + 1]!;
    this.#iovecWords[slot * IOVEC_WORDS + 2] = length;
  }

  /** Sends the first `count` slots and does not wait: how many went. */
  send(fd: number, count: number): number {
    return Math.max(0, this.#libc.functions.sendmmsg(fd, this.#headers, count, MSG_DONTWAIT));
  }
}

function wordsOf(buffer: Buffer): Uint32Array {
  return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.byteLength / 4);
}
