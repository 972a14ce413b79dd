import type { Language } from '#shared/page/language.ts';
import type { FaultCode } from '../protocol/application.ts';
import type { RegistrationStatus, Trouble } from '../protocol/registration.ts';
import type { ServerFinding } from '../protocol/server-check.ts';
import type { RefusalCode } from '../refusal.ts';

/** Every word of the page. `{name}`, `{detail}` and the like stand for what it is about. The API speaks English. */
export interface Words {
  readonly title: string;
  readonly lead: string;
  readonly check: string;
  readonly checkButton: string;
  readonly name: string;
  readonly free: string;
  readonly register: string;
  readonly registerButton: string;
  readonly registerHint: string;
  readonly registrant: string;
  readonly primary: string;
  readonly secondary: string;
  readonly serverName: string;
  readonly serverAddress: string;
  readonly registered: string;
  readonly keepSecret: string;
  readonly secret: string;
  readonly status: string;
  readonly nameServers: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly change: string;
  readonly changeButton: string;
  readonly changed: string;
  readonly remove: string;
  readonly removeButton: string;
  readonly removed: string;
  readonly look: string;
  readonly home: string;
  readonly notFoundPage: string;
  readonly serverFault: string;
  readonly skip: string;
  readonly skipHint: string;
  readonly checks: string;
  readonly checksSkipped: string;
  readonly serialsDiffer: string;
  readonly stillWaits: string;
  readonly lookAgain: string;
  readonly zone: string;
  readonly zoneNow: string;
  readonly zoneWithout: string;
  readonly zoneSilent: string;
  readonly zoneChange: string;
  readonly serial: string;
  readonly glueHint: string;
  readonly beingRemoved: string;
  readonly statuses: Readonly<Record<RegistrationStatus, string>>;
  readonly troubles: Readonly<Record<Trouble['code'], string>>;
  readonly findings: Readonly<Record<ServerFinding, string>>;
  readonly refusals: Readonly<Record<RefusalCode, string>>;
  readonly faults: Readonly<Record<FaultCode, string>>;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: 'Registrar',
    lead: 'Domain names of the lab, below {detail}',
    check: 'Is a name free?',
    checkButton: 'Check',
    name: 'Domain name',
    free: '{name} is free.',
    register: 'Register a name',
    registerButton: 'Register',
    registerHint:
      'A domain needs two name servers, a primary and a secondary. The top-level domain’s server answers with their names and addresses.',
    registrant: 'Registrant (may be left empty)',
    primary: 'Primary name server',
    secondary: 'Secondary name server',
    serverName: 'Name',
    serverAddress: 'Address',
    registered: '{name} is registered',
    keepSecret: 'Keep this secret. It is shown only now, and needed to change or give up the name.',
    secret: 'Secret',
    status: 'Status',
    nameServers: 'Name servers',
    createdAt: 'Registered',
    changedAt: 'Changed',
    change: 'Change',
    changeButton: 'Save the change',
    changed: '{name} is changed.',
    remove: 'Give up the name',
    removeButton: 'Give it up',
    removed: '{name} is given up.',
    look: 'See the registration',
    home: 'To the beginning',
    notFoundPage: 'There is no such page here.',
    serverFault: 'Something went wrong here. It is not your fault; try again.',
    skip: 'Take these servers even if they do not answer for the domain',
    skipHint:
      'Before the name is delegated, both servers are asked for the zone’s SOA record. Without that check a server may be named that knows nothing of the domain: a lame delegation. The name is in the zone then, and cannot be resolved.',
    checks: 'What the name servers answer',
    checksSkipped: 'The name servers were not asked.',
    serialsDiffer: 'The serials differ: one server has an older edition of the zone and will copy the newer one.',
    stillWaits: 'It is tried again by itself: try number {tries} was the last.',
    lookAgain: 'Look again',
    zone: 'In the zone of {tld}',
    zoneNow: '{server} answers now, serial {serial}',
    zoneWithout: '{server} answers now, serial {serial}: there is no {name}.',
    zoneSilent: 'What the zone has at this moment cannot be seen: {detail}.',
    zoneChange: 'What the last UPDATE changed',
    serial: 'serial',
    glueHint:
      'An A record is entered beside a server that lies in the domain itself: without it, nobody could find it (glue). The address of any other server is told by its own domain.',
    beingRemoved: '{name} is given up. The zone still has it.',
    statuses: {
      pendingCreate:
        'The registrar has accepted the name. The zone of its top-level domain does not have it yet, so it does not resolve yet (RFC 5731, section 2.3).',
      active:
        'The zone of its top-level domain leads to its name servers. EPP calls this status ok (RFC 5731, section 2.3).',
      pendingUpdate:
        'The registrar has accepted the change. The zone of its top-level domain still has the servers of before (RFC 5731, section 2.3).',
      pendingDelete:
        'The name is given up. The zone of its top-level domain still has it; then it will be free (RFC 5731, section 2.3).',
    },
    troubles: {
      silent: 'The server of the top-level domain gave no answer: {detail}.',
      conflict: 'The name is not this registrar’s to enter: {detail}.',
      refused: 'The server of the top-level domain does not take the change: {detail}.',
      key: 'The server of the top-level domain does not believe the registrar’s signature, or the registrar not the server’s: {detail}.',
    },
    findings: {
      serves: '{address} answers with authority for {name}: serial {serial}.',
      silent: '{address} does not answer: there is no name server, or it is down.',
      refused: '{address} answers REFUSED: it does not serve {name} (lame delegation).',
      failed: '{address} answers {detail}: it does not serve {name} (lame delegation).',
      noAuthority: '{address} answers without authority: it is no server of {name} (lame delegation).',
      noSoa: '{address} answers without an SOA record: the zone {name} does not begin there.',
      addressUnknown:
        'DNS does not lead to {server} ({detail}). A server outside of {name} must have its address in its own domain first.',
      addressDiffers: '{server} has the address {detail} in DNS, not {address}.',
    },
    refusals: {
      faults: 'The application has faults.',
      serversFail: 'Nothing is changed: not every name server answers for {name}.',
      takenHere: '{name} is taken: it is registered here already.',
      takenInZone: '{name} is taken: {detail}.',
      full: 'No more names can be registered: the registrar’s database is full.',
      registrySilent: 'Whether {name} is free cannot be found out at this time: {detail}. Try again.',
      storeSilent: 'The registrar’s database does not answer: {detail}. Try again.',
      notFound: '{name} is not registered here.',
      secretMissing: 'Give the secret that was told when {name} was registered.',
      secretWrong: 'This is not the secret of {name}.',
      beingDeleted: '{name} is given up already: it only waits for the zone.',
      changedMeanwhile: '{name} was changed by somebody else at this moment. Look at it and try again.',
    },
    faults: {
      notAnObject: 'Send a JSON object: {"name": ..., "nameServers": [{"name": ..., "address": ...}, ...]}.',
      nameMissing: 'Give the name that is wanted.',
      nameSyntax: 'This cannot be a domain name: {detail}.',
      nameLevel: 'Give one label and a top-level domain, such as networkutopia.com.',
      tldNotSold: 'Names are sold here below these top-level domains only: {detail}.',
      tooFewServers: 'Give two name servers at least, a primary and a secondary, each with name and address.',
      tooManyServers: 'Give {detail} name servers at most.',
      serverSyntax: 'This cannot be the name of a name server: {detail}.',
      serverAddress: 'Give the server’s IPv4 address inside the lab, {detail}.',
      serverTwice: 'This server repeats the name or the address of another: a secondary must be a server of its own.',
      registrantStrange: 'Give the registrant in {detail} characters at most, in one line.',
    },
  },
  ko: {
    title: '등록기관',
    lead: '실습망의 도메인 이름: {detail}',
    check: '쓸 수 있는 이름인가요?',
    checkButton: '확인',
    name: '도메인 이름',
    free: '{name}은(는) 아직 아무도 등록하지 않았습니다.',
    register: '이름 등록',
    registerButton: '등록',
    registerHint:
      '도메인에는 주책임 DNS 서버와 부책임 DNS 서버, 둘이 있어야 합니다. 최상위 도메인 서버가 이 둘의 이름과 주소를 알려 줍니다.',
    registrant: '등록하는 사람 (비워도 됨)',
    primary: '주책임 DNS 서버',
    secondary: '부책임 DNS 서버',
    serverName: '이름',
    serverAddress: 'IP 주소',
    registered: '{name}을(를) 등록했습니다',
    keepSecret: '이 비밀 값을 보관하세요. 지금 한 번만 보여 주며, 등록을 바꾸거나 취소할 때 필요합니다.',
    secret: '비밀 값',
    status: '상태',
    nameServers: '책임 DNS 서버',
    createdAt: '등록한 때',
    changedAt: '바꾼 때',
    change: '바꾸기',
    changeButton: '저장',
    changed: '{name}의 등록 내용을 바꾸었습니다.',
    remove: '등록 취소',
    removeButton: '취소하기',
    removed: '{name}의 등록을 취소했습니다.',
    look: '등록 내용 보기',
    home: '처음으로',
    notFoundPage: '그런 페이지는 없습니다.',
    serverFault: '서버에 문제가 생겼습니다. 다시 시도하세요.',
    skip: '응답하지 않아도 이 서버에 위임',
    skipHint:
      '이름을 위임하기 전에 두 서버에 이 존의 SOA 레코드를 물어봅니다. 확인하지 않으면 이 도메인을 전혀 모르는 서버를 적을 수도 있습니다(lame delegation). 그러면 이름이 존에 들어가도 주소를 찾을 수 없습니다.',
    checks: 'DNS 서버의 응답',
    checksSkipped: 'DNS 서버에 물어보지 않았습니다.',
    serialsDiffer: '일련번호가 서로 다릅니다. 한 서버의 존이 더 오래되었으며 곧 새 존을 복사합니다.',
    stillWaits: '자동으로 다시 시도합니다. 지금까지 {tries}번 시도했습니다.',
    lookAgain: '다시 보기',
    zone: '{tld} 존의 내용',
    zoneNow: '{server}의 지금 응답, 일련번호 {serial}',
    zoneWithout: '{server}의 지금 응답, 일련번호 {serial}: {name}은(는) 없습니다.',
    zoneSilent: '존의 지금 내용을 볼 수 없습니다: {detail}.',
    zoneChange: '마지막 UPDATE로 바뀐 내용',
    serial: '일련번호',
    glueHint:
      '도메인 안에 있는 서버에는 A 레코드도 함께 넣습니다. 없으면 아무도 그 서버를 찾을 수 없습니다(글루). 다른 서버의 주소는 그 서버의 도메인이 알려 줍니다.',
    beingRemoved: '{name}의 등록을 취소했습니다. 존에는 아직 남아 있습니다.',
    statuses: {
      pendingCreate:
        '등록기관이 이름을 받아 두었습니다. 최상위 도메인의 존에는 아직 들어가지 않아서 이 이름은 아직 찾을 수 없습니다(RFC 5731, section 2.3).',
      active:
        '최상위 도메인의 존이 이 도메인의 DNS 서버를 알려 줍니다. EPP에서는 ok라고 합니다(RFC 5731, section 2.3).',
      pendingUpdate:
        '등록기관이 바뀐 내용을 받아 두었습니다. 최상위 도메인의 존에는 아직 이전 서버가 있습니다(RFC 5731, section 2.3).',
      pendingDelete:
        '등록을 취소했습니다. 최상위 도메인의 존에는 아직 남아 있으며, 지워지면 누구나 등록할 수 있습니다(RFC 5731, section 2.3).',
    },
    troubles: {
      silent: '최상위 도메인 서버가 응답하지 않았습니다: {detail}.',
      conflict: '이 등록기관이 넣을 수 있는 이름이 아닙니다: {detail}.',
      refused: '최상위 도메인 서버가 변경을 받아들이지 않았습니다: {detail}.',
      key: '등록기관과 최상위 도메인 서버의 서명이 서로 맞지 않습니다: {detail}.',
    },
    findings: {
      serves: '{address}이(가) {name}의 책임 서버로서 응답합니다. 일련번호 {serial}.',
      silent: '{address}이(가) 응답하지 않습니다. DNS 서버가 없거나 꺼져 있습니다.',
      refused: '{address}의 응답은 REFUSED입니다. {name}을(를) 맡고 있지 않습니다(lame delegation).',
      failed: '{address}의 응답은 {detail}입니다. {name}을(를) 맡고 있지 않습니다(lame delegation).',
      noAuthority: '{address}의 응답에 권한 표시(AA)가 없습니다. {name}의 책임 서버가 아닙니다(lame delegation).',
      noSoa: '{address}의 응답에 SOA 레코드가 없습니다. {name} 존의 시작이 아닙니다.',
      addressUnknown:
        'DNS에서 {server}을(를) 찾을 수 없습니다({detail}). {name} 밖의 서버는 먼저 자기 도메인에 주소가 있어야 합니다.',
      addressDiffers: 'DNS에 있는 {server}의 주소는 {address}이(가) 아니라 {detail}입니다.',
    },
    refusals: {
      faults: '신청 내용에 잘못된 곳이 있습니다.',
      serversFail: '{name}의 DNS 서버가 이 도메인에 대해 제대로 응답하지 않아서 처리하지 않았습니다.',
      takenHere: '{name}은(는) 이미 이곳에 등록되어 있습니다.',
      takenInZone: '{name}은(는) 이미 쓰이고 있습니다: {detail}.',
      full: '등록기관의 데이터베이스가 가득 차서 더 등록할 수 없습니다.',
      registrySilent: '{name}을(를) 쓸 수 있는지 지금은 알 수 없습니다: {detail}. 다시 시도하세요.',
      storeSilent: '등록기관의 데이터베이스가 응답하지 않습니다: {detail}. 다시 시도하세요.',
      notFound: '{name}은(는) 이곳에 등록되어 있지 않습니다.',
      secretMissing: '{name}을(를) 등록할 때 받은 비밀 값을 적으세요.',
      secretWrong: '{name}의 비밀 값이 아닙니다.',
      beingDeleted: '{name}은(는) 이미 등록을 취소했으며, 존에서 지워지기를 기다리고 있습니다.',
      changedMeanwhile: '{name}의 등록 내용이 그사이에 바뀌었습니다. 다시 보고 시도하세요.',
    },
    faults: {
      notAnObject: 'JSON 객체를 보내세요.',
      nameMissing: '원하는 이름을 적으세요.',
      nameSyntax: '도메인 이름이 될 수 없습니다: {detail}.',
      nameLevel: 'networkutopia.com처럼 레이블 하나와 최상위 도메인을 적으세요.',
      tldNotSold: '다음 최상위 도메인의 이름만 등록할 수 있습니다: {detail}.',
      tooFewServers: '주책임과 부책임, 둘 이상의 DNS 서버를 이름과 IP 주소까지 적으세요.',
      tooManyServers: 'DNS 서버는 {detail}개까지 적을 수 있습니다.',
      serverSyntax: 'DNS 서버의 이름이 될 수 없습니다: {detail}.',
      serverAddress: '실습망 {detail} 안의 IPv4 주소를 적으세요.',
      serverTwice: '다른 서버와 이름이나 주소가 같습니다. 부책임 서버는 별개의 서버여야 합니다.',
      registrantStrange: '등록하는 사람은 {detail}자까지 한 줄로 적으세요.',
    },
  },
};

/** `text` with what it is about in its places. */
export function fillWords(text: string, about: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (_place, what: string) => String(about[what] ?? ''));
}
