import type { SMTPServerAddress } from 'smtp-server';
import type { LabClock } from '#shared/host/clock.ts';
import type { MailDirectory } from '../protocol/mail-directory.ts';
import { announcedOctets, faultInParameters } from '../protocol/path-parameters.ts';
import type { RateCounter } from '../protocol/rate-limits.ts';
import { type Door, judgeRecipient, judgeSender, type Verdict } from '../protocol/relay-policy.ts';
import type { DiskSpace } from '../store/disk-space.ts';
import type { ReadPath } from './guarded-connection.ts';
import { NO_ROOM } from './receiving.ts';

export interface AdmissionParts {
  readonly directory: MailDirectory;
  readonly limits: RateCounter;
  readonly disk: DiskSpace;
  /** Whether a mailbox may grow by so many octets. */
  hasRoom(account: string, octets: number): Promise<boolean>;
}

type Refusal = Omit<Extract<Verdict, { kind: 'refuse' }>, 'kind'>;

/** Who asks: by which door, and under which name messages are counted. */
export interface Asker {
  readonly door: Door;
  readonly who: string;
}

/** Whether a sender and a recipient are taken: by their parameters, the policy, the limits of one client, and the room there is. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #clock: LabClock;

  constructor(parts: AdmissionParts, clock: LabClock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  sender(path: ReadPath, { door, who }: Asker): Verdict {
    const { directory, limits } = this.#parts;
    const fault = faultIn('MAIL', path, door);
    if (fault !== null) return refuse(fault);
    const verdict = judgeSender(door, path.mailbox, directory);
    if (verdict.kind === 'refuse') return verdict;
    // It lies in the queue and, as it may be, in a mailbox.
    if (!this.#parts.disk.hasRoomFor(2 * octetsOf(path))) return refuse(DISK_FULL);
    const tooMany = limits.count('messages', who, this.#clock.now());
    return tooMany === null ? verdict : refuse(tooMany);
  }

  /** @param sender the path of MAIL, which announces how large the message is. */
  async recipient(path: ReadPath, { door, who }: Asker, sender: SMTPServerAddress | false): Promise<Verdict> {
    const { directory, limits } = this.#parts;
    const fault = faultIn('RCPT', path, door);
    if (fault !== null) return refuse(fault);
    const verdict = judgeRecipient(door, path.mailbox, directory);
    if (verdict.kind === 'refuse') return verdict;
    const tooMany = limits.count('recipients', who, this.#clock.now());
    if (tooMany !== null) return refuse(tooMany);
    for (const destination of verdict.destinations) {
      if (destination.kind !== 'maildrop') continue;
      const hasRoom = await this.#parts.hasRoom(destination.account, sender === false ? 0 : octetsOf(sender));
      if (!hasRoom) return refuse(mailboxFull(destination.account));
    }
    return verdict;
  }
}

/** RFC 1870, section 6.1: told before the message is sent. */
const DISK_FULL: Refusal = {
  reply: NO_ROOM,
  because: 'the disk has no room for it and for what the host itself needs',
};

/** The owner can make room (RFC 3463, section 3.3), and a sender tries again. */
function mailboxFull(account: string): Refusal {
  return {
    reply: { code: 452, status: '4.2.2', text: 'The mailbox is full, try again later' },
    because: `the mailbox of ${account} would have more octets than it may`,
  };
}

function faultIn(verb: 'MAIL' | 'RCPT', { args }: SMTPServerAddress, door: Door): Refusal | null {
  return args === false ? null : faultInParameters(verb, args, door.kind === 'submission');
}

function octetsOf({ args }: SMTPServerAddress): number {
  return args === false ? 0 : announcedOctets(args);
}

function refuse({ reply, because }: Refusal): Verdict {
  return { kind: 'refuse', reply, because };
}
