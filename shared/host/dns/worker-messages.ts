/** What the main thread and its worker threads say to each other: many queries or answers in one message. */
import type { Endpoint } from '../../report.ts';
import type { UdpMode } from './open-udp.ts';

/** What a worker is started with. */
export interface WorkerTask {
  readonly memory: SharedArrayBuffer;
  /** Which lane of the board is its own. */
  readonly worker: number;
  readonly mode: UdpMode;
  readonly here: Endpoint;
  readonly net: string;
}

/** Messages that lie one after another in `octets`, each with what is to be known of it. */
export interface Parcel<Label> {
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly labels: readonly Label[];
}

/** The octets are those of the answer; or, where it may be kept, of its query and the answer. */
export interface AnswerLabel {
  readonly client: Endpoint;
  readonly kept?: KeptTerms | undefined;
}

/** On which terms an answer may be repeated (`Lease`), as it can be sent to a worker. */
export interface KeptTerms {
  readonly queryOctets: number;
  readonly epoch: number;
  readonly turn: number;
  readonly rotations: number;
  readonly until: number;
  readonly timesMax: number;
  readonly tally: number;
  readonly expiresAt: readonly number[] | undefined;
}

export type FromWorker =
  | { readonly kind: 'started' }
  /** The fields of an error of the system, which would not pass from thread to thread. */
  | { readonly kind: 'refused'; readonly message: string; readonly fields: object }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'queries'; readonly parcel: Parcel<Endpoint> };

/** Packs what is put in during one turn of the event loop, and sends it at the end of that. */
export class Packer<Label> {
  readonly #send: (parcel: Parcel<Label>, transfer: readonly ArrayBuffer[]) => void;
  #labels: Label[] = [];
  #pieces: (readonly Uint8Array[])[] = [];

  constructor(send: (parcel: Parcel<Label>, transfer: readonly ArrayBuffer[]) => void) {
    this.#send = send;
  }

  /** Puts in one message, made of `pieces`, which must not change before it is sent. */
  put(label: Label, ...pieces: readonly Uint8Array[]): void {
    if (this.#labels.push(label) === 1) setImmediate(() => this.#sendAll());
    this.#pieces.push(pieces);
  }

  #sendAll(): void {
    const lengths = this.#pieces.map((pieces) => pieces.reduce((sum, { length }) => sum + length, 0));
    const octets = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces.flat()) {
      octets.set(piece, at);
      at += piece.length;
    }
    const parcel = { octets, lengths, labels: this.#labels };
    this.#labels = [];
    this.#pieces = [];
    this.#send(parcel, [octets.buffer]);
  }
}

/** The messages of a parcel, in their order. */
export function* unpack<Label>({ octets, lengths, labels }: Parcel<Label>): Generator<[Label, Buffer]> {
  let at = 0;
  for (const [place, length] of lengths.entries()) {
    yield [labels[place]!, Buffer.from(octets.buffer, octets.byteOffset + at, length)];
    at += length;
  }
}
