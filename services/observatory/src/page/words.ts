import type { Language } from '#shared/page/language.ts';
import type { PlanPart } from '../protocol/address-plan.ts';
import { BITS_WORDS, type BitsWords } from './bits-words.ts';
import { EXPLAIN_WORDS, type ExplainWords } from './explain-words.ts';
import { HOST_WORDS, type HostWords } from './host-words.ts';
import { HTTP_WORDS, type HttpWords } from './http-words.ts';
import { MAIL_WORDS, type MailWords } from './mail-words.ts';
import { P2P_WORDS, type P2pWords } from './p2p-words.ts';

/** Every word of the page. `{n}` and `{m}` stand for numbers. */
export interface Words {
  readonly title: string;
  readonly lead: string;
  readonly hosts: string;
  readonly allHosts: string;
  readonly hostsUp: string;
  readonly state: string;
  readonly pages: string;
  readonly rootServers: string;
  readonly parts: Readonly<Record<PlanPart, string>>;
  readonly marks: Readonly<Record<'up' | 'trouble' | 'down' | 'not-asked' | 'asking', string>>;
  readonly messages: string;
  readonly toMessages: string;
  readonly protocols: string;
  readonly find: string;
  readonly pause: string;
  readonly resume: string;
  readonly live: string;
  readonly paused: string;
  readonly held: string;
  readonly shown: string;
  readonly perSecond: string;
  readonly missed: string;
  readonly toNewest: string;
  readonly disconnected: string;
  readonly notArriving: string;
  readonly labAhead: string;
  readonly emptyTitle: string;
  readonly emptyName: string;
  readonly emptyPage: string;
  readonly emptyThen: string;
  readonly noneTitle: string;
  readonly clear: string;
  readonly details: string;
  readonly close: string;
  readonly time: string;
  readonly host: string;
  readonly program: string;
  readonly from: string;
  readonly to: string;
  readonly process: string;
  readonly exchange: string;
  readonly cause: string;
  readonly because: string;
  readonly fields: string;
  readonly chain: string;
  readonly chainAlone: string;
  readonly notHeld: string;
  readonly thisMachine: string;
  readonly keys: string;
  readonly needsScript: string;
  readonly bits: BitsWords;
  readonly explain: ExplainWords;
  readonly dns: HostWords;
  readonly http: HttpWords;
  readonly mail: MailWords;
  readonly p2p: P2pWords;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: 'Observatory',
    lead: 'Every message of the lab, as it happens',
    hosts: 'Hosts',
    allHosts: 'All hosts',
    hostsUp: '{n} of {m} serve',
    state: 'State of {n}',
    pages: 'Pages',
    rootServers: 'The root has {n} names, a to m.root-servers.net; {m} servers of this lab answer to them.',
    parts: {
      lab: 'The lab itself',
      root: 'Root servers',
      tld: 'TLD (top-level domain) servers',
      authoritative: 'Authoritative servers',
      resolver: 'Local DNS server, registrar',
      origin: 'Origin web servers',
      cache: 'Web cache',
      mail: 'Mail servers',
      p2p: 'Tracker and peers',
      sockets: 'Socket programs',
      client: 'Workstation',
      other: 'Others',
    },
    marks: {
      up: 'serves',
      trouble: 'something is missing',
      down: 'does not answer',
      'not-asked': 'not asked: it has no control API',
      asking: 'being asked',
    },
    messages: 'Messages',
    toMessages: 'To the messages',
    protocols: 'Protocols',
    find: 'Find in the messages',
    pause: 'Pause',
    resume: 'Go on',
    live: 'Live',
    paused: 'Paused, {n} more have come',
    held: '{n} messages',
    shown: '{n} of {m} messages',
    perSecond: '{n} per second',
    missed: '{n} messages came while this page was away and are not shown',
    toNewest: 'To the newest',
    disconnected: 'The observatory does not answer. Trying again …',
    notArriving: 'Reports are not arriving: Redis does not answer. Start the host redis.',
    labAhead: 'Lab time +{n}',
    emptyTitle: 'Nothing has happened yet',
    emptyName: 'Ask for a name, in a terminal:',
    emptyPage: 'Fetch a page through the web cache:',
    emptyThen: 'Each message then appears here, with the reason for it.',
    noneTitle: 'No message fits the filter',
    clear: 'Show all messages',
    details: 'Details of the message',
    close: 'Close',
    time: 'Time',
    host: 'Host',
    program: 'Program',
    from: 'From',
    to: 'To',
    process: 'Process',
    exchange: 'Exchange',
    cause: 'Caused by',
    because: 'Because',
    fields: 'Fields of the message',
    chain: 'Causes and effects',
    chainAlone: 'This exchange caused no other, and none caused it.',
    notHeld: 'its messages are no longer kept',
    thisMachine: 'this machine',
    keys: 'Keys: / find, P pause, B bits, ↑ ↓ walk, Esc close',
    needsScript: 'This page shows messages as they come and needs JavaScript for it. Without: GET /api/reports.',
    bits: BITS_WORDS.en,
    explain: EXPLAIN_WORDS.en,
    dns: HOST_WORDS.en,
    http: HTTP_WORDS.en,
    mail: MAIL_WORDS.en,
    p2p: P2P_WORDS.en,
  },
  ko: {
    title: '관측소',
    lead: '실습망의 모든 메시지를 일어나는 그대로',
    hosts: '호스트',
    allHosts: '모든 호스트',
    hostsUp: '{m}대 중 {n}대 정상',
    state: '{n}의 상태',
    pages: '페이지',
    rootServers:
      '루트의 이름은 a부터 m.root-servers.net까지 {n}개이고, 이 실습망에서는 서버 {m}대가 그 이름으로 답합니다.',
    parts: {
      lab: '실습망 자체',
      root: '루트 서버',
      tld: 'TLD(최상위 도메인) 서버',
      authoritative: '책임 서버',
      resolver: '로컬 DNS 서버, 등록기관',
      origin: '오리진 웹 서버',
      cache: '웹 캐시',
      mail: '메일 서버',
      p2p: '트래커와 피어',
      sockets: '소켓 프로그램',
      client: '작업 컴퓨터',
      other: '기타',
    },
    marks: {
      up: '정상',
      trouble: '일부 이상',
      down: '응답 없음',
      'not-asked': '확인 대상 아님: 제어 API가 없음',
      asking: '확인 중',
    },
    messages: '메시지',
    toMessages: '메시지 목록으로',
    protocols: '프로토콜',
    find: '메시지에서 찾기',
    pause: '멈춤',
    resume: '계속',
    live: '실시간',
    paused: '멈춤, 그동안 {n}개 도착',
    held: '메시지 {n}개',
    shown: '메시지 {m}개 중 {n}개',
    perSecond: '초당 {n}개',
    missed: '연결이 끊긴 동안 온 메시지 {n}개는 표시하지 못합니다',
    toNewest: '최신 메시지로',
    disconnected: '관측소가 응답하지 않습니다. 다시 시도하는 중 …',
    notArriving: '보고가 도착하지 않습니다. Redis가 응답하지 않으니 redis 호스트를 시작하세요.',
    labAhead: '실습망 시각 +{n}',
    emptyTitle: '아직 오간 메시지가 없습니다',
    emptyName: '터미널에서 이름을 물어보세요.',
    emptyPage: '웹 캐시를 거쳐 페이지를 가져오세요.',
    emptyThen: '그러면 메시지가 하나하나, 그 까닭과 함께 여기에 나타납니다.',
    noneTitle: '조건에 맞는 메시지가 없습니다',
    clear: '모든 메시지 보기',
    details: '메시지 자세히 보기',
    close: '닫기',
    time: '시각',
    host: '호스트',
    program: '프로그램',
    from: '보낸 곳',
    to: '받는 곳',
    process: '프로세스',
    exchange: '교환',
    cause: '원인이 된 교환',
    because: '까닭',
    fields: '메시지의 필드',
    chain: '원인과 결과',
    chainAlone: '이 교환을 일으킨 교환도, 이 교환이 일으킨 교환도 없습니다.',
    notHeld: '메시지가 더는 남아 있지 않음',
    thisMachine: '이 컴퓨터',
    keys: '단축키: / 찾기, P 멈춤, B 비트, ↑ ↓ 이동, Esc 닫기',
    needsScript: '메시지를 바로 보여 주려면 JavaScript가 필요합니다. 없이 보려면 GET /api/reports를 쓰세요.',
    bits: BITS_WORDS.ko,
    explain: EXPLAIN_WORDS.ko,
    dns: HOST_WORDS.ko,
    http: HTTP_WORDS.ko,
    mail: MAIL_WORDS.ko,
    p2p: P2P_WORDS.ko,
  },
};
