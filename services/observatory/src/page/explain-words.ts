import type { Language } from '#shared/page/language.ts';

/** The words of the page that explains how a name is found. `{n}` and `{m}` stand for what the lab says. */
export interface ExplainWords {
  readonly title: string;
  readonly lead: string;
  readonly name: string;
  readonly type: string;
  readonly server: string;
  readonly how: string;
  readonly explain: string;
  readonly explainMeans: string;
  readonly walk: string;
  readonly walkMeans: string;
  readonly ask: string;
  readonly asking: string;
  readonly examples: string;
  readonly begin: string;
  readonly failed: string;
  readonly ladder: string;
  readonly columns: Readonly<Record<'client' | 'resolver' | 'root' | 'tld' | 'authoritative' | 'central', string>>;
  readonly thisPage: string;
  readonly walker: string;
  readonly first: string;
  readonly previous: string;
  readonly next: string;
  readonly all: string;
  readonly step: string;
  readonly keys: string;
  readonly detail: string;
  readonly bits: string;
  readonly noBits: string;
  readonly says: Readonly<Record<RungWords, string>>;
  readonly standing: Readonly<Record<string, string>>;
  readonly candidates: readonly [address: string, rtt: string, waits: string, standing: string];
  readonly records: string;
  readonly glue: string;
  readonly answer: string;
  readonly summary: string;
  readonly unknownRtt: string;
}

/** What an arrow or a mark of the ladder says: `{n}` and `{m}` as told beside each. */
export type RungWords =
  /** Name, type. */
  | 'query'
  | 'client'
  /** Number of records, seconds left; the age in seconds. */
  | 'cacheHit'
  | 'cacheStale'
  | 'cacheNoData'
  | 'cacheNameError'
  | 'cacheFailure'
  | 'cacheNothing'
  | 'alias'
  | 'zone'
  | 'zoneRoot'
  | 'chosen'
  | 'shared'
  | 'replyAnswer'
  | 'replyAlias'
  | 'replyReferral'
  | 'replyNoData'
  | 'replyNameError'
  | 'replyLame'
  | 'replyTruncated'
  | 'silence'
  | 'finding'
  | 'pause'
  | 'answer'
  | 'other';

export const EXPLAIN_WORDS: Readonly<Record<Language, ExplainWords>> = {
  en: {
    title: 'Explain a name',
    lead: 'How the lab finds what a name stands for, step by step',
    name: 'Name',
    type: 'Type',
    server: 'Local DNS server',
    how: 'How',
    explain: 'As the resolver answers',
    explainMeans: 'recursive: it uses its cache and asks on your behalf',
    walk: 'Walk it myself from the root',
    walkMeans: 'iterative: no cache, every referral is followed by you',
    ask: 'Find it',
    asking: 'Asking …',
    examples: 'Try',
    begin:
      'Ask for a name. Each query and each reply then appears here as an arrow between the servers, with the reason for it.',
    failed: 'No explanation: {n}',
    ladder: 'The messages in their order, each between two hosts',
    columns: {
      client: 'Client',
      resolver: 'Local DNS server',
      root: 'Root server',
      tld: 'TLD server',
      authoritative: 'Authoritative server',
      central: 'Central server',
    },
    thisPage: 'this page',
    walker: 'You, from {n}',
    first: 'From the start',
    previous: 'Previous',
    next: 'Next',
    all: 'Show all',
    step: 'Step {n} of {m}',
    keys: 'Keys: ← → one step, Home the start, End all',
    detail: 'The step in detail',
    bits: 'Bits',
    noBits: 'The octets of this message are no longer held by the observatory.',
    says: {
      query: '{n} {m}?',
      client: '{n} {m}?',
      cacheHit: 'in the cache: {n}, {m} s left',
      cacheStale: 'in the cache, but expired: {n}',
      cacheNoData: 'in the cache: no such data, {m} s left',
      cacheNameError: 'in the cache: no such name, {m} s left',
      cacheFailure: 'in the cache: it failed, {m} s left',
      cacheNothing: 'not in the cache: {n} {m}',
      alias: '{n} is an alias of {m}',
      zone: 'nearest zone known: {n}',
      zoneRoot: 'nearest zone known: the root',
      chosen: 'asks {n} ({m})',
      shared: '{n} {m}: already on its way',
      replyAnswer: 'answer: {n}',
      replyAlias: 'alias: {n}',
      replyReferral: 'ask the servers of {n}: {m}',
      replyNoData: 'no such data',
      replyNameError: 'no such name',
      replyLame: 'cannot say: not a server of {n}',
      replyTruncated: 'truncated: ask over TCP',
      silence: 'no usable reply',
      finding: 'what is the address of {n}?',
      pause: 'waits {n} ms',
      answer: 'answer: {n}',
      other: '{n}',
    },
    standing: {
      well: 'answers',
      unknown: 'never asked',
      failing: 'failed lately',
      lame: 'lame',
      tried: 'tried already',
    },
    candidates: ['address', 'RTT', 'waits for', 'standing'],
    records: 'Records',
    glue: 'Addresses of the servers (glue)',
    answer: 'Answer',
    summary: '{n} queries to servers, {m} ms',
    unknownRtt: 'unknown',
  },
  ko: {
    title: '이름 풀이',
    lead: '이름이 가리키는 것을 실습망이 찾아가는 과정을 한 단계씩',
    name: '이름',
    type: '유형',
    server: '로컬 DNS 서버',
    how: '방법',
    explain: '로컬 DNS 서버에 맡기기',
    explainMeans: '재귀적: 캐시를 쓰고, 대신 질의합니다',
    walk: '루트부터 직접 찾아가기',
    walkMeans: '반복적: 캐시 없이, 알려 주는 서버를 직접 따라갑니다',
    ask: '찾기',
    asking: '질의하는 중 …',
    examples: '예',
    begin: '이름을 물어보세요. 질의와 응답이 하나하나, 서버 사이의 화살표로 그 까닭과 함께 나타납니다.',
    failed: '풀이를 얻지 못했습니다: {n}',
    ladder: '두 호스트 사이를 오간 메시지를 차례대로',
    columns: {
      client: '클라이언트',
      resolver: '로컬 DNS 서버',
      root: '루트 서버',
      tld: 'TLD 서버',
      authoritative: '책임 서버',
      central: '중앙 서버',
    },
    thisPage: '이 페이지',
    walker: '나({n}에서)',
    first: '처음부터',
    previous: '이전',
    next: '다음',
    all: '모두 보기',
    step: '{m}단계 중 {n}단계',
    keys: '단축키: ← → 한 단계씩, Home 처음, End 모두',
    detail: '이 단계 자세히 보기',
    bits: '비트 보기',
    noBits: '관측소에 이 메시지의 옥텟이 더는 남아 있지 않습니다.',
    says: {
      query: '{n} {m}?',
      client: '{n} {m}?',
      cacheHit: '캐시에 있음: {n}, {m}초 남음',
      cacheStale: '캐시에 있으나 만료됨: {n}',
      cacheNoData: '캐시에 있음: 그런 데이터 없음, {m}초 남음',
      cacheNameError: '캐시에 있음: 그런 이름 없음, {m}초 남음',
      cacheFailure: '캐시에 있음: 실패했음, {m}초 남음',
      cacheNothing: '캐시에 없음: {n} {m}',
      alias: '{n}은(는) {m}의 별칭',
      zone: '알고 있는 가장 가까운 존: {n}',
      zoneRoot: '알고 있는 가장 가까운 존: 루트',
      chosen: '{n}({m})에 질의',
      shared: '{n} {m}: 이미 질의 중',
      replyAnswer: '응답: {n}',
      replyAlias: '별칭: {n}',
      replyReferral: '{n}의 서버에 물어보세요: {m}',
      replyNoData: '그런 데이터 없음',
      replyNameError: '그런 이름 없음',
      replyLame: '답할 수 없음: {n}의 서버가 아님',
      replyTruncated: '잘림: TCP로 다시 질의',
      silence: '쓸 만한 응답이 없음',
      finding: '{n}의 주소는?',
      pause: '{n}ms 기다림',
      answer: '응답: {n}',
      other: '{n}',
    },
    standing: { well: '응답함', unknown: '처음', failing: '최근 실패', lame: '책임지지 않음', tried: '이미 물어봄' },
    candidates: ['주소', 'RTT', '대기', '상태'],
    records: '레코드',
    glue: '서버의 주소(글루)',
    answer: '응답',
    summary: '서버에 보낸 질의 {n}개, {m}ms',
    unknownRtt: '모름',
  },
};
