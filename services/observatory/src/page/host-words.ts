import type { Language } from '#shared/page/language.ts';

/** The words of what a DNS host knows: a resolver's cache and servers, a name server's zones. */
export interface HostWords {
  readonly label: string;
  readonly title: string;
  readonly asking: string;
  readonly noAnswer: string;
  readonly classes: Readonly<Record<'root' | 'TLD' | 'authoritative', string>>;
  readonly roles: Readonly<Record<'primary' | 'secondary', string>>;
  readonly cache: string;
  readonly cacheColumns: readonly [name: string, value: string, ttl: string];
  readonly cacheEmpty: string;
  readonly cacheMore: string;
  readonly valuesMore: string;
  readonly age: string;
  readonly over: string;
  readonly seconds: string;
  readonly noData: string;
  readonly noName: string;
  readonly flush: string;
  readonly servers: string;
  readonly serverColumns: readonly [server: string, rtt: string, replies: string];
  readonly serversNone: string;
  readonly failures: string;
  readonly zones: string;
  readonly zoneColumns: readonly [zone: string, kind: string, serial: string];
  readonly zoneRecords: string;
  readonly showZone: string;
  readonly recordsOf: string;
  readonly signedBy: string;
  readonly changes: string;
  readonly counters: string;
  readonly explain: string;
  readonly certificate: string;
  readonly certificateAdvice: string;
}

export const HOST_WORDS: Readonly<Record<Language, HostWords>> = {
  en: {
    label: 'What the host knows',
    title: 'What {n} knows',
    asking: 'Asking the host …',
    noAnswer: 'The host does not tell its state at this moment.',
    classes: { root: 'root server', TLD: 'TLD server', authoritative: 'authoritative server' },
    roles: { primary: 'primary', secondary: 'secondary' },
    cache: 'Cache: {n} sets of records',
    cacheColumns: ['Name and type', 'Value', 'TTL left'],
    cacheEmpty: 'The cache is empty: the next name is asked from the root down.',
    cacheMore: '{n} more are not shown.',
    valuesMore: 'and {n} more',
    age: 'here for {n} s',
    over: 'expired',
    seconds: '{n} s',
    noData: 'no such data',
    noName: 'no such name',
    flush: 'Empty the cache',
    servers: 'Servers that it asked',
    serverColumns: ['Server', 'RTT', 'Replies'],
    serversNone: 'It has asked no server yet.',
    failures: '{n} failures in a row',
    zones: 'Zones: {n}',
    zoneColumns: ['Zone', 'Class and role', 'Serial'],
    zoneRecords: '{n} records',
    showZone: 'Show the records of {n}',
    recordsOf: 'Records of {n}',
    signedBy: 'signed with the key {n}',
    changes: 'Last changes of {n}',
    counters: 'What came of the queries',
    explain: 'Explain a name with this server',
    certificate: "The lab's CA certificate",
    certificateAdvice:
      'Give it to curl or dig for the lab (curl --cacert ca.crt); do not install it in your own browser, because whoever has the key of the lab could then pose as any site to you.',
  },
  ko: {
    label: '호스트가 아는 것',
    title: '{n} 호스트가 아는 것',
    asking: '호스트에 묻는 중 …',
    noAnswer: '호스트가 지금은 상태를 알려 주지 않습니다.',
    classes: { root: '루트 서버', TLD: 'TLD 서버', authoritative: '책임 서버' },
    roles: { primary: '주서버', secondary: '부서버' },
    cache: '캐시: 레코드 집합 {n}개',
    cacheColumns: ['이름과 유형', '값', '남은 TTL'],
    cacheEmpty: '캐시가 비어 있습니다. 다음 이름은 루트부터 물어보게 됩니다.',
    cacheMore: '나머지 {n}개는 표시하지 않습니다.',
    valuesMore: '외 {n}개',
    age: '{n}초 전부터',
    over: '만료됨',
    seconds: '{n}초',
    noData: '그런 데이터 없음',
    noName: '그런 이름 없음',
    flush: '캐시 비우기',
    servers: '물어본 서버',
    serverColumns: ['서버', 'RTT', '응답'],
    serversNone: '아직 어느 서버에도 묻지 않았습니다.',
    failures: '연속 {n}번 실패',
    zones: '존: {n}개',
    zoneColumns: ['존', '종류와 역할', '일련번호'],
    zoneRecords: '레코드 {n}개',
    showZone: '{n}의 레코드 보기',
    recordsOf: '{n}의 레코드',
    signedBy: '{n} 키로 서명됨',
    changes: '{n}의 최근 변경',
    counters: '질의의 결과',
    explain: '이 서버로 이름 풀이',
    certificate: '실습망의 CA 인증서',
    certificateAdvice:
      '실습에서 curl이나 dig에 주는 데만 쓰고(curl --cacert ca.crt) 자신의 브라우저에는 설치하지 마세요. 설치하면 실습망의 키를 가진 사람이 어떤 사이트로든 위장할 수 있습니다.',
  },
};
