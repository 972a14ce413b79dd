import { encodeMessage } from '../encode-message.ts';
import { ednsWith, type Message, queryFor, responseTo } from '../message.ts';
import { parseName } from '../name-text.ts';
import { OPCODE, TYPE } from '../registry.ts';
import { record } from './records.ts';

/** Hostile DNS messages: real ones of every kind with octets changed, cut out, doubled and put in, the same for each seed. */
export class Mutations {
  #state: number;
  readonly #seeds: readonly Uint8Array[] = seeds();

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next message: 1 to 4096 octets. */
  next(): Uint8Array {
    let octets = this.#seeds[this.#below(this.#seeds.length)]!.slice();
    for (let left = 1 + this.#below(4); left > 0; left -= 1) octets = this.#mutated(octets);
    return octets.subarray(0, 4096);
  }

  #mutated(octets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const at = this.#below(octets.length);
    const view = new DataView(octets.buffer);
    switch (this.#below(7)) {
      case 0:
        octets[at]! ^= 1 << this.#below(8);
        return octets;
      case 1:
        octets[at] = this.#below(256);
        return octets;
      case 2:
        // A pointer to anywhere.
        if (at + 1 < octets.length) view.setUint16(at, 0xc000 | this.#below(octets.length));
        return octets;
      case 3:
        // A count that is not true.
        view.setUint16(Math.min(4 + 2 * this.#below(4), octets.length - 2), this.#below(0x1_0000));
        return octets;
      case 4:
        return octets.slice(0, Math.max(2, at));
      case 5: {
        const doubled = octets.subarray(at, Math.min(octets.length, at + this.#below(200)));
        return Uint8Array.of(...octets.subarray(0, at), ...doubled, ...octets.subarray(at)).slice(0, 4096);
      }
      default:
        return Uint8Array.of(...octets, ...Array.from({ length: this.#below(40) }, () => this.#below(256))).slice(
          0,
          4096,
        );
    }
  }

  /** xorshift32. */
  #below(limit: number): number {
    let state = this.#state || 1;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % limit;
  }
}

function seeds(): Uint8Array[] {
  const query = (text: string, change: Partial<Message> = {}) => {
    const [name = '', type = 'A'] = text.split(' ');
    const question = { qname: parseName(name), qtype: TYPE[type as keyof typeof TYPE], qclass: 1 };
    return {
      ...queryFor(question, { id: 0, rd: true, edns: ednsWith([{ code: 10, data: new Uint8Array(8) }]) }),
      ...change,
    };
  };
  const plain = query('www.example A');
  const records = ['www.example. 60 A 192.0.2.1', 'example. 60 MX 10 mail.example.', 'x.example. 60 TXT "a" "b"'].map(
    record,
  );
  const messages = [
    plain,
    query('a.b.c.d.e.f.g.h.example ANY', { edns: null }),
    query('example AXFR'),
    query('example SOA', { opcode: OPCODE.NOTIFY, answer: [record('example. 60 SOA a. b. 1 2 3 4 5')] }),
    query('example SOA', { opcode: OPCODE.UPDATE, authority: records }),
    query('www.example TXT', { additional: records }),
    responseTo(plain, { answer: records, authority: records, additional: records }),
  ];
  return messages.map((message) => encodeMessage(message));
}
