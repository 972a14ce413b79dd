import { connect, type TLSSocket } from 'node:tls';

/** Frames of HTTP/2 as octets (RFC 9113, section 4.1), for a client that does what no client should. */

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
};
export const FLAG = { END_STREAM: 1, ACK: 1, END_HEADERS: 4 };
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Fields as literals without indexing and without Huffman (RFC 7541, section 6.2.2). */
export function fieldBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const texts = fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  return Buffer.concat(texts);
}

export const number = (value: number) => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
};

/** A string with its length as an integer of a 7-bit prefix (RFC 7541, sections 5.1 and 5.2). */
function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  if (octets.length < 127) return Buffer.concat([Buffer.of(octets.length), octets]);
  const length = [127];
  let rest = octets.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), octets]);
}

/** Longest wait for what a server should do, in milliseconds. */
const WAIT_MS = 30_000;

export class Http2Wire {
  readonly frames: Frame[] = [];
  readonly #socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  isClosed = false;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => this.#take(octets));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static open(address: string, ca: string): Promise<Http2Wire> {
    return new Promise((resolve, reject) => {
      const options = { host: address, port: 443, ca, servername: 'www.someschool.edu', ALPNProtocols: ['h2'] };
      const socket = connect(options, () => resolve(new Http2Wire(socket)));
      socket.once('error', reject);
    });
  }

  /** Opens, and begins as a client does. */
  static async begin(address: string, ca: string): Promise<Http2Wire> {
    const wire = await Http2Wire.open(address, ca);
    wire.send(PREFACE, frame(FRAME.SETTINGS, 0, 0));
    return wire;
  }

  send(...octets: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(octets));
  }

  /** Resolves with the first frame that `isIt`; null when the connection ended without one. */
  async sees(isIt: (frame: Frame) => boolean): Promise<Frame | null> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = this.frames.find(isIt);
      if (found !== undefined) return found;
      if (this.isClosed) return null;
      if (performance.now() > deadline) throw new Error(`Not seen among ${this.frames.length} frames`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async closes(): Promise<boolean> {
    await this.sees(() => this.isClosed).catch(() => null);
    return this.isClosed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(octets: Buffer): void {
    this.#received = Buffer.concat([this.#received, octets]);
    while (this.#received.length >= 9) {
      const length = this.#received.readUIntBE(0, 3);
      if (this.#received.length < 9 + length) return;
      const [type, flags] = [this.#received.readUInt8(3), this.#received.readUInt8(4)];
      const payload = Buffer.from(this.#received.subarray(9, 9 + length));
      this.frames.push({ type, flags, stream: this.#received.readUInt32BE(5), payload });
      this.#received = this.#received.subarray(9 + length);
    }
  }
}
