import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { formatEndpoint } from '#shared/report.ts';
import { type Packet, PcapReader } from './pcap.ts';

/** Packets after which a capture ends by itself: a test has a few dozen. */
const PACKETS_MAX = 5_000;
/** Seconds after which a capture ends by itself, should its test have died. */
const CAPTURE_S_MAX = 180;
/** Octets kept of a packet, and the buffer in kB: all of one on the loopback interface, which has up to 64 KiB, and room for many. */
const KEPT = '66000';
const BUFFER_KB = '65536';
/** How long a capture waits for what it was told to wait for, in milliseconds. */
const WAIT_MS = 30_000;

/** Whether packets can be seen here: it takes root, and tcpdump. Tests that need it are skipped elsewhere. */
export const canCapture: boolean =
  process.getuid?.() === 0 && spawnSync('tcpdump', ['--version'], { stdio: 'ignore' }).status === 0;

/** Where packets are seen: an interface, of this machine or of where `through` runs commands (`docker exec HOST`). */
export interface Vantage {
  readonly networkInterface: string;
  readonly through: readonly string[];
}

const LOOPBACK: Vantage = { networkInterface: 'lo', through: [] };

/** Packets of an interface, the loopback one where nothing else is said, by a tcpdump of its own. */
export class Capture {
  readonly packets: Packet[] = [];
  readonly #tcpdump: ChildProcess;
  readonly #waiting = new Set<() => void>();

  private constructor(tcpdump: ChildProcess) {
    this.#tcpdump = tcpdump;
    const reader = new PcapReader();
    tcpdump.stdout?.on('data', (octets: Buffer) => {
      this.packets.push(...reader.push(octets));
      for (const look of this.#waiting) look();
    });
  }

  /** Starts to capture what `filter` (in the language of tcpdump) lets through; resolves when it really listens. */
  static async start(filter: string, { networkInterface, through } = LOOPBACK): Promise<Capture> {
    const options = [
      '-i',
      networkInterface,
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      KEPT,
      '-B',
      BUFFER_KB,
      '-c',
      String(PACKETS_MAX),
      '-w',
      '-',
    ];
    const [file = '', ...words] = [...through, 'timeout', String(CAPTURE_S_MAX), 'tcpdump', ...options, filter];
    const tcpdump = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const capture = new Capture(tcpdump);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      tcpdump.stderr?.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('listening on')) resolve();
      });
      tcpdump.once('error', reject);
      tcpdump.once('exit', () => reject(new Error(`tcpdump ended: ${said}`)));
    });
    return capture;
  }

  /** The packets so far, as soon as `isThere` accepts them. @throws Error that lists them when it never does */
  async until(what: string, isThere: (packets: readonly Packet[]) => boolean): Promise<readonly Packet[]> {
    if (isThere(this.packets)) return this.packets;
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!isThere(this.packets)) return;
        end();
        resolve();
      };
      const deadline = setTimeout(() => {
        end();
        reject(new Error(`Waited ${WAIT_MS} ms for ${what}; seen:\n${this.packets.map(formatPacket).join('\n')}`));
      }, WAIT_MS);
      this.#waiting.add(look);
    });
    return this.packets;
  }

  async stop(): Promise<void> {
    if (this.#tcpdump.exitCode !== null || this.#tcpdump.signalCode !== null) return;
    const ended = once(this.#tcpdump, 'exit');
    this.#tcpdump.kill('SIGTERM');
    await ended;
  }
}

/** Whether both ends of every connection in `packets` have sent their FIN, or one its RST. */
export function allEnded(packets: readonly Packet[]): boolean {
  const open = new Set(packets.filter(({ flags }) => flags.includes('SYN')).map(directed));
  for (const packet of packets) {
    if (packet.flags.includes('FIN')) open.delete(directed(packet));
    if (!packet.flags.includes('RST')) continue;
    open.delete(directed(packet));
    open.delete(directed({ from: packet.to, to: packet.from }));
  }
  return packets.length > 0 && open.size === 0;
}

function directed({ from, to }: Pick<Packet, 'from' | 'to'>): string {
  return `${formatEndpoint(from)} > ${formatEndpoint(to)}`;
}

function formatPacket(packet: Packet): string {
  return `${packet.protocol} ${directed(packet)} ${packet.flags.join('+')} ${packet.payload.length} octets`;
}
