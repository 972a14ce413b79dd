import type { Language } from '#shared/page/language.ts';
import { FIELD_WORDS } from './http-field-words.ts';

/** The words of the page on which one speaks HTTP by hand. `{n}` and `{m}` stand for what the lab says. */
export interface HttpWords {
  readonly title: string;
  readonly lead: string;
  readonly to: string;
  readonly request: string;
  readonly lineEnds: string;
  readonly crlf: string;
  readonly lf: string;
  readonly send: string;
  readonly sending: string;
  readonly keys: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly examples: Readonly<Record<string, string>>;
  readonly begin: string;
  readonly sent: string;
  readonly received: string;
  readonly endings: Readonly<Record<'closed' | 'silent' | 'cut', string>>;
  readonly nothing: string;
  readonly failed: string;
  readonly blankLine: string;
  readonly noBody: string;
  readonly body: string;
  readonly binary: string;
  readonly more: string;
  readonly about: string;
  readonly aboutNothing: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

export const HTTP_WORDS: Readonly<Record<Language, HttpWords>> = {
  en: {
    title: 'HTTP by hand',
    lead: 'Say it yourself, octet by octet',
    to: 'Connect to',
    request: 'Request',
    lineEnds: 'Lines end with',
    crlf: 'CR LF',
    lf: 'LF alone',
    send: 'Send',
    sending: 'Listening …',
    keys: 'Ctrl + Enter sends',
    groups: { message: 'A message', method: 'Methods', status: 'Statuses', cache: 'For caches' },
    examples: {
      notes: 'the request of section 2.2.3',
      kept: 'keep the connection',
      two: 'two at once',
      otherSite: 'another site, same server',
      sample: 'the sample response',
      head: 'HEAD',
      options: 'OPTIONS',
      put: 'PUT',
      getPut: 'GET it back',
      delete: 'DELETE',
      moved: '301',
      missing: '404',
      noHost: '400: no Host',
      garbage: '400: garbage',
      version: '505',
      bareLf: 'LF alone',
      conditional: 'conditional GET',
      range: 'a part',
      proxy: 'ask the cache',
      onlyIfCached: 'only if stored',
    },
    begin: 'Choose an example, or type a request, and send it. An empty line ends the head.',
    sent: 'Request, {n} octets',
    received: 'Response, {n} octets in {m} ms',
    endings: {
      closed: 'Then the server closed the connection (FIN).',
      silent: 'Then the server said nothing more: the connection was still open, and this page closed it.',
      cut: 'More came than is shown here.',
    },
    nothing: 'The server sent nothing.',
    failed: 'It could not be sent: {n}',
    blankLine: 'empty line: the head ends',
    noBody: 'no body',
    body: 'Body, {n} octets',
    binary: '{n} octets that are no text ({m})',
    more: '… {n} octets more',
    about: 'What it means',
    aboutNothing: 'Point at a part of a message.',
    parts: {
      method: 'Method: what the client wants done with the object.',
      target:
        'Request target: the path of the object. To a cache it is the whole URL, for the cache must know which server to ask.',
      version: 'Version of HTTP that the sender speaks.',
      status:
        'Status code: what became of the request. 2xx done, 3xx elsewhere or unchanged, 4xx your fault, 5xx mine.',
      reason: 'Reason phrase: the status in words, for people. Programs read the code.',
      crlf: 'CR LF, octets 13 and 10: the end of a line.',
      lf: 'LF without CR: not the end of a line in HTTP. A strict server refuses it.',
      other: 'This fits no line of the grammar.',
    },
    fields: FIELD_WORDS.en,
  },
  ko: {
    title: '손으로 하는 HTTP',
    lead: '한 옥텟씩 직접 말해 보기',
    to: '연결할 곳',
    request: '요청',
    lineEnds: '줄의 끝',
    crlf: 'CR LF',
    lf: 'LF만',
    send: '보내기',
    sending: '듣는 중 …',
    keys: 'Ctrl + Enter로 보내기',
    groups: { message: '메시지', method: '메서드', status: '상태 코드', cache: '캐시를 위해' },
    examples: {
      notes: '2.2.3절의 요청',
      kept: '연결 유지',
      two: '두 개를 한꺼번에',
      otherSite: '같은 서버의 다른 사이트',
      sample: '예시 응답',
      head: 'HEAD',
      options: 'OPTIONS',
      put: 'PUT',
      getPut: '다시 GET',
      delete: 'DELETE',
      moved: '301',
      missing: '404',
      noHost: '400: Host 없음',
      garbage: '400: 알 수 없는 말',
      version: '505',
      bareLf: 'LF만',
      conditional: '조건부 GET',
      range: '일부분',
      proxy: '캐시에 묻기',
      onlyIfCached: '저장된 것만',
    },
    begin: '예를 고르거나 요청을 직접 써서 보내 보세요. 빈 줄이 헤더의 끝입니다.',
    sent: '요청, {n}옥텟',
    received: '응답, {n}옥텟, {m} ms',
    endings: {
      closed: '그다음 서버가 연결을 닫았습니다 (FIN).',
      silent: '그다음 서버는 더 말하지 않았습니다. 연결은 열려 있었고 이 페이지가 닫았습니다.',
      cut: '여기 보이는 것보다 더 왔습니다.',
    },
    nothing: '서버가 아무것도 보내지 않았습니다.',
    failed: '보내지 못했습니다: {n}',
    blankLine: '빈 줄: 헤더의 끝',
    noBody: '본문 없음',
    body: '본문, {n}옥텟',
    binary: '글자가 아닌 {n}옥텟 ({m})',
    more: '… {n}옥텟 더 있음',
    about: '뜻',
    aboutNothing: '메시지의 한 부분을 가리켜 보세요.',
    parts: {
      method: '메서드: 객체로 무엇을 하고 싶은지.',
      target:
        '요청 대상: 객체의 경로. 캐시에 보낼 때는 URL 전체를 씁니다. 캐시는 어느 서버에 물을지 알아야 하기 때문입니다.',
      version: '보내는 쪽이 말하는 HTTP 버전.',
      status: '상태 코드: 요청이 어떻게 되었는지. 2xx 됨, 3xx 다른 곳에 있거나 그대로임, 4xx 요청 잘못, 5xx 서버 잘못.',
      reason: '상태 문장: 사람이 읽는 말. 프로그램은 코드를 읽습니다.',
      crlf: 'CR LF, 값 13과 10인 두 옥텟: 줄의 끝.',
      lf: 'CR 없는 LF: HTTP에서는 줄의 끝이 아닙니다. 엄격한 서버는 거절합니다.',
      other: '문법의 어느 줄에도 맞지 않습니다.',
    },
    fields: FIELD_WORDS.ko,
  },
};
