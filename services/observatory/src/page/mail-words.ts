import type { Language } from '#shared/page/language.ts';

/** The words of the page that shows the way of a message. `{n}` and `{m}` stand for what the lab says. */
export interface MailWords {
  readonly title: string;
  readonly lead: string;
  readonly letters: string;
  readonly none: string;
  readonly send: string;
  readonly sending: string;
  readonly sendMeans: string;
  readonly sendFailed: string;
  readonly sample: { readonly subject: string; readonly text: string };
  readonly begin: string;
  readonly noSubject: string;
  readonly hops: string;
  readonly gone: string;
  readonly states: Readonly<Record<'moving' | 'waiting' | 'delivered' | 'failed', string>>;
  readonly columns: Readonly<Record<'agent' | 'server' | 'dns', string>>;
  readonly decisions: Readonly<Record<string, string>>;
  readonly queue: string;
  readonly queueEmpty: string;
  readonly queueColumns: readonly [message: string, recipient: string, next: string];
  readonly tries: string;
  readonly notTried: string;
  readonly now: string;
  readonly retry: string;
  readonly hold: string;
  readonly release: string;
  readonly mailboxes: string;
  readonly mailboxColumns: readonly [account: string, messages: string, fresh: string];
  readonly sessions: string;
  readonly sessionsNone: string;
  readonly sessionColumns: readonly [protocol: string, who: string, state: string];
  readonly phases: Readonly<Record<string, string>>;
  readonly way: string;
}

export const MAIL_WORDS: Readonly<Record<Language, MailWords>> = {
  en: {
    title: 'Mail',
    lead: 'The way of a message, line by line',
    letters: 'Messages',
    none: 'No message has been sent yet.',
    send: 'Send one: alice to bob',
    sending: 'Sending …',
    sendMeans: 'alice@crepes.fr writes to bob@hamburger.edu.',
    sendFailed: 'It was not sent: {n}',
    sample: { subject: 'Dinner', text: 'Crepes at seven?' },
    begin:
      'Choose a message. Its way then appears here: who opened which connection, what was said, and where it waited.',
    noSubject: '(no subject)',
    hops: '{n} → {m}',
    gone: 'The observatory no longer has the messages of this way.',
    states: { moving: 'on its way', waiting: 'waits in the queue', delivered: 'in the mailbox', failed: 'came back' },
    columns: { agent: 'Mail agent', server: 'Mail server', dns: 'Local DNS server' },
    decisions: {
      queued: 'into the queue, on disk',
      sending: 'the server that takes its mail is known',
      delivered: 'delivered',
      deferred: 'not now: waits and tries again',
      failed: 'given up: the sender is told',
      removed: 'leaves the queue',
      fault: 'a fault, by rule',
      held: 'held',
      released: 'goes on',
    },
    queue: 'Queue: {n} messages',
    queueEmpty: 'Nothing waits: every message has left.',
    queueColumns: ['Message', 'For', 'Next try'],
    tries: 'tries: {n}',
    notTried: 'not tried yet',
    now: 'now',
    retry: 'Try all now',
    hold: 'Hold the queue',
    release: 'Let it go on',
    mailboxes: 'Mailboxes: INBOX of each account',
    mailboxColumns: ['Account', 'Messages', 'New'],
    sessions: 'Who reads mail now',
    sessionsNone: 'Nobody at this moment.',
    sessionColumns: ['Protocol', 'Account', 'Phase or state'],
    phases: { authorization: 'authorisation', transaction: 'transaction', update: 'update' },
    way: 'The way of a message',
  },
  ko: {
    title: '메일',
    lead: '메시지가 가는 길을 한 줄씩',
    letters: '메시지',
    none: '아직 보낸 메시지가 없습니다.',
    send: '한 통 보내기: alice가 bob에게',
    sending: '보내는 중 …',
    sendMeans: 'alice@crepes.fr가 bob@hamburger.edu에게 씁니다.',
    sendFailed: '보내지 못했습니다: {n}',
    sample: { subject: '저녁 식사', text: '일곱 시에 크레페 어때요?' },
    begin:
      '메시지를 고르면 그 길이 여기에 나타납니다. 누가 어떤 연결을 열었고, 무슨 말이 오갔으며, 어디에서 기다렸는지 볼 수 있습니다.',
    noSubject: '(제목 없음)',
    hops: '{n} → {m}',
    gone: '이 길의 메시지가 관측소에 더는 남아 있지 않습니다.',
    states: { moving: '가는 중', waiting: '큐에서 기다림', delivered: '메일박스에 도착', failed: '되돌아옴' },
    columns: { agent: '메일 에이전트', server: '메일 서버', dns: '로컬 DNS 서버' },
    decisions: {
      queued: '큐에 들어감, 디스크에 기록됨',
      sending: '메일을 받는 서버를 찾음',
      delivered: '배달됨',
      deferred: '지금은 안 됨: 기다렸다가 다시 시도',
      failed: '포기: 보낸 사람에게 알림',
      removed: '큐에서 나감',
      fault: '규칙에 따른 고장',
      held: '보류 중',
      released: '다시 감',
    },
    queue: '큐: 메시지 {n}개',
    queueEmpty: '기다리는 것이 없습니다. 모든 메시지가 나갔습니다.',
    queueColumns: ['메시지', '받는 사람', '다음 시도'],
    tries: '{n}번 시도',
    notTried: '아직 시도하지 않음',
    now: '지금',
    retry: '모두 지금 시도',
    hold: '큐 멈추기',
    release: '큐 다시 움직이기',
    mailboxes: '메일박스: 계정마다 INBOX',
    mailboxColumns: ['계정', '메시지', '새 것'],
    sessions: '지금 메일을 읽는 사람',
    sessionsNone: '지금은 아무도 없습니다.',
    sessionColumns: ['프로토콜', '계정', '단계나 상태'],
    phases: { authorization: '인증', transaction: '트랜잭션', update: '갱신' },
    way: '메시지가 가는 길',
  },
};
