import { createSocket, type Socket } from 'node:dgram';
import { decodeMessage } from '#shared/dns/decode-message.ts';
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { type Message, type ResourceRecord, responseTo } from '#shared/dns/message.ts';
import { formatHostname, parseName } from '#shared/dns/name-text.ts';
import { CLASS, RCODE, TYPE } from '#shared/dns/registry.ts';
import { TEST_NET } from '#shared/host/test-host.ts';
import { RESOLVER_SUFFIX } from '#shared/lab-net.ts';

/** Last two octets of the address of the TLD server of these tests. */
const TLD_SUFFIX = '91.2';
const TLD_SERVER = 'ns.nic.com';

/** The local DNS server and the server of com, as far as a registrar asks them, over real UDP. */
export class RegistryWorld {
  /** Names that com delegates. */
  readonly delegated = new Set(['amazon.com']);
  /** What com has for itself. */
  readonly own = new Set(['nic.com']);
  /** Whether the server of com answers at all. */
  silent = false;
  rcode: number | null = null;
  readonly names = { [TLD_SERVER]: [`${TEST_NET}.${TLD_SUFFIX}`] };
  readonly #sockets: Socket[] = [];

  async start(): Promise<void> {
    await this.#listen(`${TEST_NET}.${RESOLVER_SUFFIX}`, (query) =>
      responseTo(query, { ra: true, answer: [nameServer(formatHostname(query.question[0]?.qname ?? []), TLD_SERVER)] }),
    );
    await this.#listen(`${TEST_NET}.${TLD_SUFFIX}`, (query) => this.#answerOfCom(query));
  }

  stop(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #answerOfCom(query: Message): Message | null {
    if (this.silent) return null;
    if (this.rcode !== null) return responseTo(query, { rcode: this.rcode });
    const name = formatHostname(query.question[0]?.qname ?? []);
    if (this.delegated.has(name)) return responseTo(query, { authority: [nameServer(name, `dns1.${name}`)] });
    return responseTo(query, { aa: true, rcode: this.own.has(name) ? RCODE.NOERROR : RCODE.NXDOMAIN });
  }

  async #listen(address: string, answer: (query: Message) => Message | null): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (octets, { port, address: to }) => {
      const reply = answer(decodeMessage(octets));
      if (reply !== null) socket.send(encodeMessage(reply), port, to);
    });
    this.#sockets.push(socket);
    await new Promise<void>((resolve) => socket.bind(53, address, resolve));
  }
}

function nameServer(owner: string, target: string): ResourceRecord {
  const rdata = { kind: 'NS', target: parseName(target) } as const;
  return { owner: parseName(owner), type: TYPE.NS, class: CLASS.IN, ttl: 60, rdata };
}
