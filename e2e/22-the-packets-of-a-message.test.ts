import { randomUUID } from 'node:crypto';
import { type ParsedMail, simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Capture, canCapture } from '#shared/host/test/kit/capture.ts';
import type { Packet } from '#shared/host/test/kit/pcap.ts';
import { act, lab, startHost, stateOf, stopHost, until } from './kit/lab-under-test.ts';
import { aliceWritesToBob, bobsMessage, mailAtRest } from './kit/mail-agent.ts';
import { captureInLab, captureOnClient, onWorkstation, onWorkstationRaw } from './kit/workstation.ts';

/**
 * What a message is on the wire: who opens which connection, in which order, and of what octets it is made. Beside it the same
 * things on the Web, which works the other way round.
 */

const CREPES = `${lab.net}.20.1`;
const HAMBURGER = `${lab.net}.20.2`;
const LOCAL_DNS = `${lab.net}.4.1`;
const SCHOOL = `${lab.net}.10.1`;
const ALBUM = 'http://www.someschool.edu/album/';
const PICTURE = `${ALBUM}01.jpg`;
const PICTURES = 10;
const [SMTP, SUBMISSION, POP3, HTTP] = [25, 587, 110, 80];

/** The packets that fit `filter`, in the whole lab or `where` else, while `work` runs and until `isWhole`. */
async function packetsWhile(
  filter: string,
  work: () => Promise<unknown>,
  isWhole: (packets: readonly Packet[]) => boolean,
  where = captureInLab,
): Promise<readonly Packet[]> {
  const capture = await where(filter);
  try {
    await work();
    return await capture.until('all of it', isWhole);
  } finally {
    await capture.stop();
  }
}

/** The first segments of connections to `address` and `port`. */
function opened(packets: readonly Packet[], address: string, port: number): readonly Packet[] {
  return packets.filter(
    ({ flags, to }) => flags.includes('SYN') && !flags.includes('ACK') && to.address === address && to.port === port,
  );
}

/** What was sent to (or from) `port` of `address`, as text of one character for each octet. */
function said(packets: readonly Packet[], way: 'to' | 'from', address: string, port: number): string {
  return packets
    .filter((packet) => packet[way].address === address && packet[way].port === port)
    .map(({ payload }) => Buffer.from(payload).toString('latin1'))
    .join('');
}

/** The verbs of an SMTP client, without what stands in the message. */
function verbs(dialogue: string): string[] {
  return dialogue.match(/^(?:EHLO|HELO|MAIL FROM|RCPT TO|DATA|QUIT)(?=[ :\r])/gm) ?? [];
}

/** Whether a client has said QUIT to the server at `address`, and has been answered. */
const hasQuit = (address: string) => (packets: readonly Packet[]) =>
  /^QUIT\r$/m.test(said(packets, 'to', address, SMTP)) && /^221 /m.test(said(packets, 'from', address, SMTP));

/** Alice's agent on the workstation gives a message to her server. */
function aliceSubmits(message: string | Buffer, to = 'bob@hamburger.edu'): Promise<string> {
  return onWorkstation(
    [
      ...['curl', '--silent', '--show-error', '--url', `smtp://${CREPES}:${SUBMISSION}/workstation.lab`],
      ...['--user', 'alice@crepes.fr:wonderland', '--mail-from', 'alice@crepes.fr', '--mail-rcpt', to],
      ...['--upload-file', '-'],
    ],
    message,
  );
}

/** What a mail agent makes of this letter, with all that is not ASCII encoded. */
async function composed(letter: Parameters<ReturnType<typeof createTransport>['sendMail']>[0]): Promise<Buffer> {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return (await composer.sendMail({ from: 'alice@crepes.fr', to: 'bob@hamburger.edu', ...letter })).message as Buffer;
}

beforeEach(mailAtRest);

async function bobReads(subject: string): Promise<ParsedMail> {
  const lines = await until('bob has the message', () => bobsMessage(subject));
  return simpleParser(lines.join('\r\n'));
}

describe.skipIf(!canCapture)('one message', () => {
  const subject = `Dinner ${randomUUID()}`;
  let capture: Capture;
  let packets: readonly Packet[];

  beforeAll(async () => {
    await mailAtRest();
    await act('resolver', 'flush');
    capture = await captureInLab(
      `(tcp and (host ${CREPES} or host ${HAMBURGER}) and port (${SMTP} or ${SUBMISSION} or ${POP3})) or (udp and port 53 and host ${CREPES})`,
    );
    await aliceSubmits(
      `From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: ${subject}\r\n\r\nCrepes at seven?\r\n`,
    );
    await until('bob has the message', () => bobsMessage(subject));
    // The look that found it may have begun before it was there: this one has not.
    await bobsMessage(subject);
    packets = await capture.until('servers and agent are done', (seen) => hasQuit(HAMBURGER)(seen) && isFetched(seen));
  });

  /** Whether the message has come by the newest connection of the agent. */
  function isFetched(seen: readonly Packet[]): boolean {
    const newest = opened(seen, HAMBURGER, POP3).at(-1)?.from.port;
    const toAgent = seen.filter(
      ({ from, to }) => from.address === HAMBURGER && from.port === POP3 && to.port === newest,
    );
    return toAgent.some(({ payload }) => Buffer.from(payload).includes(subject));
  }

  afterAll(async () => capture?.stop());

  test('MAIL-01, MAIL-03 the agent gives the message to its own server, and only servers speak to each other on port 25', () => {
    const [submission] = opened(packets, CREPES, SUBMISSION);
    const relays = opened(packets, HAMBURGER, SMTP);

    expect(submission!.from.address).not.toBe(HAMBURGER);
    expect(relays.map(({ from }) => from.address)).toEqual([CREPES]);
    expect(relays[0]!.at).toBeGreaterThan(submission!.at);
    expect(opened(packets, HAMBURGER, SUBMISSION)).toEqual([]);
    expect(opened(packets, CREPES, SMTP)).toEqual([]);
  });

  test('MAIL-06 agent, server, server, mailbox, agent: three connections, one after the other', () => {
    const legs = [
      opened(packets, CREPES, SUBMISSION)[0],
      opened(packets, HAMBURGER, SMTP)[0],
      opened(packets, HAMBURGER, POP3).at(-1),
    ].map((packet) => packet!.at);

    expect(legs).toEqual(legs.toSorted((one, other) => one - other));
    expect(said(packets, 'from', HAMBURGER, POP3)).toContain(`Subject: ${subject}`);
  });

  test('SMTP-03 alice’s server asks who takes mail for hamburger.edu, and then connects to this server', () => {
    const isQuestion = ({ protocol, to, payload }: Packet) =>
      protocol === 'udp' && to.address === LOCAL_DNS && Buffer.from(payload).includes('\x09hamburger\x03edu');
    const [asked] = packets.filter(isQuestion);
    const [relay] = opened(packets, HAMBURGER, SMTP);

    expect(asked!.from.address).toBe(CREPES);
    expect(relay!.at).toBeGreaterThan(asked!.at);
  });

  test('SMTP-04, SMTP-08 the handshake on the wire names sender and receiver, then comes the message', () => {
    const client = said(packets, 'to', HAMBURGER, SMTP);
    const server = said(packets, 'from', HAMBURGER, SMTP);

    expect(verbs(client)).toEqual(['EHLO', 'MAIL FROM', 'RCPT TO', 'DATA', 'QUIT']);
    expect(client).toMatch(/^MAIL FROM:<alice@crepes\.fr>/m);
    expect(client).toMatch(/^RCPT TO:<bob@hamburger\.edu>/m);
    expect(client).toContain('\r\n\r\nCrepes at seven?\r\n.\r\n');
    expect(server.match(/^\d{3} /gm)).toEqual(['220 ', '250 ', '250 ', '250 ', '354 ', '250 ', '221 ']);
  });

  test('SMTP-05 no server stands between the two', async () => {
    const mail = await bobReads(subject);

    expect(opened(packets, HAMBURGER, SMTP)).toHaveLength(1);
    expect(mail.headers.get('received')).toHaveLength(2);
  });

  test('MCMP-03, MCMP-04 SMTP pushes: who has the message opens the connection, and its octets go the same way', () => {
    const [syn] = opened(packets, HAMBURGER, SMTP);
    const sent = said(packets, 'to', HAMBURGER, SMTP);

    expect(syn!.from.address).toBe(CREPES);
    expect(sent).toContain('Crepes at seven?');
    expect(said(packets, 'from', HAMBURGER, SMTP)).not.toContain('Crepes at seven?');
  });
});

test.skipIf(!canCapture)(
  'MCMP-01, MCMP-02 HTTP pulls: who wants the file opens the connection, and the octets come back to it',
  async () => {
    const packets = await packetsWhile(
      `tcp and host ${SCHOOL} and port ${HTTP}`,
      () => onWorkstation(['curl', '--silent', '--output', '/dev/null', PICTURE]),
      (seen) => seen.some(({ from, flags }) => from.address === SCHOOL && flags.includes('FIN')),
      captureOnClient,
    );
    const [syn] = opened(packets, SCHOOL, HTTP);

    expect(syn!.from.address).not.toBe(SCHOOL);
    expect(said(packets, 'from', SCHOOL, HTTP)).toContain('\xff\xd8\xff');
    expect(said(packets, 'to', SCHOOL, HTTP)).not.toContain('\xff\xd8\xff');
  },
);

test.skipIf(!canCapture)(
  'SMTP-09 three messages that wait for the same server go over one connection: one SYN that is answered, three DATA, one QUIT',
  async () => {
    const subjects = [1, 2, 3].map((place) => `Patience ${place} ${randomUUID()}`);
    await stopHost('mail-hamburger');
    try {
      for (const subject of subjects) await aliceWritesToBob(subject);
      await until('each was tried in vain', async () => {
        const { queue } = await stateOf<{ queue: { subject: string; recipients: { tries: number }[] }[] }>(
          'mail-crepes',
        );
        const waiting = queue.filter((message) => subjects.includes(message.subject));
        return waiting.length === 3 && waiting.every(({ recipients }) => recipients[0]!.tries > 0);
      });
    } finally {
      await startHost('mail-hamburger');
    }
    const packets = await packetsWhile(
      `tcp and host ${CREPES} and host ${HAMBURGER} and port ${SMTP}`,
      () => act('mail-crepes', 'flush'),
      hasQuit(HAMBURGER),
    );
    const accepted = packets.filter(
      ({ flags, from }) => flags.includes('SYN') && flags.includes('ACK') && from.address === HAMBURGER,
    );

    expect(accepted).toHaveLength(1);
    const count = (verb: string) => verbs(said(packets, 'to', HAMBURGER, SMTP)).filter((one) => one === verb).length;
    expect({ data: count('DATA'), quit: count('QUIT') }).toEqual({ data: 3, quit: 1 });
    for (const subject of subjects) await until('bob has them', () => bobsMessage(subject));
  },
);

describe('what is not ASCII', () => {
  let picture: Buffer;

  beforeAll(async () => {
    picture = await onWorkstationRaw(['curl', '--silent', PICTURE]);
    expect(picture.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });

  test.skipIf(!canCapture)(
    'MCMP-05, MCMP-06 a Korean letter with a picture crosses both hops in octets of 7 bits, and comes out as it was; the encoding makes it a third larger',
    async () => {
      const subject = `저녁 식사 ${randomUUID()}`;
      const text = '일곱 시에 크레페 어때요?';
      const letter = await composed({ subject, text, attachments: [{ filename: '사진.jpg', content: picture }] });
      const packets = await packetsWhile(
        `tcp and ((host ${CREPES} and port ${SUBMISSION}) or (host ${HAMBURGER} and port ${SMTP}))`,
        () => aliceSubmits(letter),
        hasQuit(HAMBURGER),
      );
      const octets = packets.flatMap(({ payload }) => [...payload]);
      expect(octets.length).toBeGreaterThan(0);
      expect(octets.filter((octet) => octet >= 0x80)).toEqual([]);

      const encoded = letter.toString('latin1').match(/^Subject: (.*(?:\r\n[ \t].*)*)/m)![0];
      const mail = await simpleParser(
        (await until('bob has it', () => bobsMessage(encoded.slice('Subject: '.length).split('\r\n')[0]!))).join(
          '\r\n',
        ),
      );
      expect(mail.subject).toBe(subject);
      expect(mail.text?.trim()).toBe(text);
      expect(mail.attachments[0]!.filename).toBe('사진.jpg');
      expect(mail.attachments[0]!.content).toEqual(picture);
      // Base64 makes four characters of three octets; a line end follows 76 of them.
      const lines = letter.toString('latin1').match(/^[A-Za-z0-9+/=]{60,76}\r$/gm)!;
      expect((lines.length * 78) / picture.length).toBeCloseTo((4 / 3) * (78 / 76), 1);
    },
  );

  test.skipIf(!canCapture)('MCMP-07 the same picture crosses the Web as it is: octets of 8 bits', async () => {
    const packets = await packetsWhile(
      `tcp and host ${SCHOOL} and port ${HTTP}`,
      async () => expect(await onWorkstationRaw(['curl', '--silent', PICTURE])).toEqual(picture),
      (seen) => seen.some(({ from, flags }) => from.address === SCHOOL && flags.includes('FIN')),
      captureOnClient,
    );
    const sent = packets.filter(({ from }) => from.address === SCHOOL).flatMap(({ payload }) => [...payload]);
    expect(sent.some((octet) => octet >= 0x80)).toBe(true);
  });
});

test.skipIf(!canCapture)(
  'MCMP-08 a page with its ten pictures is eleven responses of HTTP, and one message of SMTP with eleven parts',
  async () => {
    const page = await onWorkstation(['curl', '--silent', ALBUM]);
    const urls = [...page.matchAll(/src="([^"]+)"/g)].map(([, source]) => new URL(source!, ALBUM).href);
    expect(urls).toHaveLength(PICTURES);
    const pulled = await packetsWhile(
      `tcp and host ${SCHOOL} and port ${HTTP}`,
      () =>
        onWorkstation(['sh', '-c', `curl --silent ${[ALBUM, ...urls].map((url) => `'${url}'`).join(' ')} > /dev/null`]),
      (seen) => seen.some(({ from, flags }) => from.address === SCHOOL && flags.includes('FIN')),
      captureOnClient,
    );
    expect(said(pulled, 'from', SCHOOL, HTTP).match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(1 + PICTURES);

    const pictures = await Promise.all(urls.map((url) => onWorkstationRaw(['curl', '--silent', url])));
    const subject = `Album ${randomUUID()}`;
    const attachments = pictures.map((content, place) => ({ filename: `${place + 1}.jpg`, content }));
    const letter = await composed({ subject, html: page, attachments });
    const pushed = await packetsWhile(
      `tcp and host ${HAMBURGER} and port ${SMTP}`,
      () => aliceSubmits(letter),
      hasQuit(HAMBURGER),
    );
    expect(verbs(said(pushed, 'to', HAMBURGER, SMTP)).filter((verb) => verb === 'DATA')).toHaveLength(1);

    const mail = await bobReads(subject);
    expect([mail.html, ...mail.attachments]).toHaveLength(1 + PICTURES);
    expect(mail.attachments.map(({ content }) => content)).toEqual(pictures);
  },
);
