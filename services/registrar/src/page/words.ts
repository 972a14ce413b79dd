import type { Language } from '#shared/page/language.ts';
import type { FaultCode } from '../protocol/application.ts';
import type { RefusalCode } from '../registrar.ts';

/** Every word of the page. `{name}` and `{detail}` stand for what it is about. The API speaks English. */
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
  readonly pendingCreate: string;
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
    pendingCreate:
      'The registrar has accepted the name. The zone of its top-level domain does not have it yet, so it does not resolve yet (RFC 5731, section 2.3).',
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
    refusals: {
      faults: 'The application has faults.',
      takenHere: '{name} is taken: it is registered here already.',
      takenInZone: '{name} is taken: {detail}.',
      full: 'No more names can be registered: the registrar’s database is full.',
      registrySilent:
        'Whether {name} is free cannot be found out at this time, so it is not registered: {detail}. Try again.',
      storeSilent: 'The registrar’s database does not answer: {detail}. Try again.',
      notFound: '{name} is not registered here.',
      secretMissing: 'Give the secret that was told when {name} was registered.',
      secretWrong: 'This is not the secret of {name}.',
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
    pendingCreate:
      '등록기관이 이름을 받아 두었습니다. 최상위 도메인의 존에는 아직 들어가지 않아서 이 이름은 아직 찾을 수 없습니다(RFC 5731, section 2.3).',
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
    refusals: {
      faults: '신청 내용에 잘못된 곳이 있습니다.',
      takenHere: '{name}은(는) 이미 이곳에 등록되어 있습니다.',
      takenInZone: '{name}은(는) 이미 쓰이고 있습니다: {detail}.',
      full: '등록기관의 데이터베이스가 가득 차서 더 등록할 수 없습니다.',
      registrySilent: '{name}을(를) 쓸 수 있는지 지금은 알 수 없어서 등록하지 않았습니다: {detail}. 다시 시도하세요.',
      storeSilent: '등록기관의 데이터베이스가 응답하지 않습니다: {detail}. 다시 시도하세요.',
      notFound: '{name}은(는) 이곳에 등록되어 있지 않습니다.',
      secretMissing: '{name}을(를) 등록할 때 받은 비밀 값을 적으세요.',
      secretWrong: '{name}의 비밀 값이 아닙니다.',
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

/** `text` with the name and the detail in their places. */
export function fillWords(
  text: string,
  about: { readonly name?: string; readonly detail?: string | undefined },
): string {
  return text.replace('{name}', () => about.name ?? '').replace('{detail}', () => about.detail ?? '');
}
