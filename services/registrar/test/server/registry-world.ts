import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Message, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { isSameName, isSubdomain } from '#shared/dns/name.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { formatRdata, formatRecord, parseRdata } from '#shared/dns/rdata-text.ts';
import { CLASS, OPCODE, parseType, RCODE, TYPE } from '#shared/dns/registry.ts';
import { encodeFrame, FrameReader } from '#shared/dns/stream.ts';
import { checkRequest } from '#shared/dns/tsig.ts';
import { formatTsigKey, keyring, type TsigKey } from '#shared/dns/tsig-key.ts';
import { tsigHmac } from '#shared/host/dns/tsig-hmac.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { RESOLVER_SUFFIX } from '#shared/lab-net.ts';

/** Last two octets of the address of the TLD server of these tests. */
const TLD_SUFFIX = '91.2';
const TLD_SERVER = 'ns.nic.com';
const SOA = 'ns.nic.com. hostmaster.nic.com. 7 3600 900 604800 300';

function keyOf(secret: string): TsigKey {
  return { name: ['registrar'], algorithm: 'hmac-sha256', secret: new TextEncoder().encode(secret), macOctets: 32 };
}

/** The key that the registrar and the server of com share. */
export const KEY = keyOf('the secret of the registrar and the registry');

/** A folder of a registrar's host: with the key that the registry has, or with another secret. */
export function registrarFolder(secret?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'topdown-registrar-'));
  writeFileSync(join(dir, 'registrar.key'), formatTsigKey(secret === undefined ? KEY : keyOf(secret)));
  return dir;
}

/**
 * The local DNS server, the server of com and the name servers of domains, as far as a registrar speaks with them, over real
 * UDP and TCP. It reads RFC 2136 by itself, and by its letter: a second opinion on the updates of the registrar.
 */
export class RegistryWorld {
  /** The zone com, less its SOA record. */
  zone: ResourceRecord[] = [];
  serial = 7;
  /** Whether the server of com answers at all. */
  silent = false;
  /** What it answers to everything, or does as it should. */
  rcode: number | null = null;
  /** Updates that it carries out without telling: the answer is lost. */
  loseAnswers = 0;
  /** What happens just before an update is carried out: somebody else is faster. */
  beforeUpdate: (() => void) | null = null;
  keys: readonly TsigKey[] = [KEY];
  /** Every UPDATE that came, in the order of their arrival. */
  readonly updates: Message[] = [];
  /** Domains that each name server (last two octets of its address) serves, with the serial; no entry: it refuses. */
  readonly served: Record<string, Record<string, number>> = {};
  readonly names: Record<string, readonly string[]> = { [TLD_SERVER]: [`${TEST_NET}.${TLD_SUFFIX}`] };
  readonly #sockets = new Map<string, Socket>();
  #server: Server | undefined;

  constructor() {
    this.add('ns.nic.com', 'A', `${TEST_NET}.${TLD_SUFFIX}`);
    this.add('amazon.com', 'NS', 'dns1.amazon.com.');
    this.add('dns1.amazon.com', 'A', `${TEST_NET}.3.1`);
  }

  /** The machine of the server of com is switched off: whoever asks it is told at once that nobody is there. */
  async turnOff(): Promise<void> {
    const socket = this.#sockets.get(TLD_SUFFIX);
    this.#sockets.delete(TLD_SUFFIX);
    await new Promise<void>((resolve) => socket?.close(() => resolve()));
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async turnOn(): Promise<void> {
    await this.#listen(TLD_SUFFIX, (query) => (this.silent ? null : this.#answerOfCom(query)));
    await this.#listenForUpdates();
  }

  async start(nameServers: readonly string[] = ['3.1', '3.2']): Promise<void> {
    await this.#listen(RESOLVER_SUFFIX, (query) => responseTo(query, { ra: true, answer: [this.#soa()] }));
    await this.turnOn();
    for (const suffix of nameServers) {
      this.served[suffix] = { 'networkutopia.com': 1 };
      await this.#listen(suffix, (query) => this.#answerOfNameServer(suffix, query));
    }
  }

  stop(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#server?.close();
  }

  add(owner: string, type: string, rdata: string): void {
    const number = parseType(type);
    const data = parseRdata(number, CLASS.IN, { words: rdata.split(' '), origin: [] });
    this.zone.push({ owner: parseName(owner), type: number, class: CLASS.IN, ttl: 60, rdata: data });
  }

  /** The records of a domain and of what is below, as sorted lines without TTL. */
  linesOf(domain: string): string[] {
    return this.zone
      .filter(({ owner }) => isSubdomain(owner, parseName(domain)))
      .map(({ owner, type, class: klass, rdata }) =>
        formatRecord({ owner, type, class: klass, ttl: 0, rdata }).replace(/ 0 IN/, ''),
      )
      .sort();
  }

  #soa(): ResourceRecord {
    const words = SOA.replace(' 7 ', ` ${this.serial} `).split(' ');
    const rdata = parseRdata(TYPE.SOA, CLASS.IN, { words, origin: [] });
    return { owner: ['com'], type: TYPE.SOA, class: CLASS.IN, ttl: 60, rdata };
  }

  #answerOfCom(query: Message): Message {
    if (this.rcode !== null) return responseTo(query, { rcode: this.rcode });
    const { qname, qtype } = query.question[0]!;
    if (qtype === TYPE.SOA) return responseTo(query, { aa: true, answer: [this.#soa()] });
    const ns = this.zone.filter(({ owner, type }) => type === TYPE.NS && isSubdomain(qname, owner));
    if (ns.length > 0) {
      const isGlue = ({ owner, type }: ResourceRecord) => type === TYPE.A && isSubdomain(owner, ns[0]!.owner);
      return responseTo(query, { authority: ns, additional: this.zone.filter(isGlue) });
    }
    const exists = this.zone.some(({ owner }) => isSubdomain(owner, qname));
    return responseTo(query, { aa: true, rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN });
  }

  #answerOfNameServer(suffix: string, query: Message): Message {
    const { qname } = query.question[0]!;
    const serial = this.served[suffix]?.[formatHostname(qname)];
    if (serial === undefined) return responseTo(query, { rcode: RCODE.REFUSED });
    const words = `dns1 hostmaster ${serial} 1 1 1 1`.split(' ');
    const rdata = parseRdata(TYPE.SOA, CLASS.IN, { words, origin: qname });
    return responseTo(query, {
      aa: true,
      answer: [{ owner: qname, type: TYPE.SOA, class: CLASS.IN, ttl: 60, rdata }],
    });
  }

  async #listen(suffix: string, answer: (query: Message) => Message | null): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (octets, { port, address: to }) => {
      const reply = answer(decodeMessage(octets));
      if (reply !== null) socket.send(encodeMessage(reply), port, to);
    });
    this.#sockets.set(suffix, socket);
    await new Promise<void>((resolve) => socket.bind(53, `${TEST_NET}.${suffix}`, resolve));
  }

  async #listenForUpdates(): Promise<void> {
    const server = createServer((connection) => {
      const frames = new FrameReader();
      connection.on('error', () => {});
      connection.on('data', (octets: Buffer) => {
        for (const frame of frames.push(octets)) {
          const reply = this.silent ? null : this.#reply(frame);
          if (reply === null) connection.destroy();
          else connection.write(encodeFrame(reply));
        }
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(53, `${TEST_NET}.${TLD_SUFFIX}`, resolve));
  }

  #reply(octets: Uint8Array): Uint8Array | null {
    const query = decodeMessage(octets);
    const nowS = Math.floor(Date.now() / 1000);
    const checked = checkRequest(octets, keyring(this.keys), nowS, tsigHmac);
    if (checked.kind === 'unsigned') return encodeMessage(responseTo(query, { rcode: RCODE.REFUSED }));
    if (checked.kind === 'rejected') {
      const refusal = encodeMessage(responseTo(query, { rcode: checked.rcode }));
      return checked.seal === null ? refusal : checked.seal.close(refusal, nowS);
    }
    this.updates.push(query);
    const rcode = query.opcode === OPCODE.UPDATE ? (this.rcode ?? this.#update(query)) : RCODE.NOTIMP;
    if (this.loseAnswers > 0 && this.loseAnswers-- > 0) return null;
    return checked.seal.close(encodeMessage(responseTo(query, { rcode })), nowS);
  }

  /** RFC 2136, section 3: all of it, or nothing. */
  #update({ answer, authority }: Message): number {
    this.beforeUpdate?.();
    this.beforeUpdate = null;
    const at = ({ owner, type }: ResourceRecord) =>
      this.zone.filter((each) => isSameName(each.owner, owner) && (type === TYPE.ANY || each.type === type));
    for (const record of answer) {
      if (record.class === CLASS.NONE && at(record).length > 0) return RCODE.YXDOMAIN;
      const wanted = answer.filter((each) => isSameName(each.owner, record.owner) && each.type === record.type);
      if (record.class === CLASS.IN && dataOf(at(record)) !== dataOf(wanted)) return RCODE.NXRRSET;
    }
    for (const record of authority) {
      if (record.class === CLASS.ANY) {
        const gone = at(record);
        this.zone = this.zone.filter((each) => !gone.includes(each));
      } else this.zone.push(record);
    }
    this.serial += 1;
    return RCODE.NOERROR;
  }
}

function dataOf(records: readonly ResourceRecord[]): string {
  return records
    .map(({ type, rdata }) => formatRdata(type, CLASS.IN, rdata))
    .sort()
    .join();
}
