import type { Language } from '#shared/page/language.ts';
import type { FailureKind } from '../server/origin-failure.ts';

/** What a person reads on the proxy's own pages: what happened, and what to try. `{host}` and `{port}` are where it was to go. */
export interface Explanation {
  readonly headline: string;
  readonly meaning: string;
  readonly advice: readonly string[];
}

type Words = Readonly<Record<Language, Explanation>>;

/** What may go wrong on the way to an origin. */
export const FAILURES: Readonly<Record<Exclude<FailureKind, 'other'>, Words>> = {
  forbidden: {
    en: {
      headline: 'This proxy does not connect to {host}',
      meaning: 'It leads to the hosts of the lab and nowhere else: not to your own machine, and not out of the lab.',
      advice: ['Look whether the name is spelled as you meant it.', 'Ask for a host of the lab by its name.'],
    },
    ko: {
      headline: '이 프록시는 {host}에 연결하지 않습니다',
      meaning: '이 프록시는 실습망 안의 호스트에만 연결합니다. 사용자의 컴퓨터나 실습망 밖으로는 연결하지 않습니다.',
      advice: ['이름의 철자가 맞는지 확인하세요.', '실습망의 호스트를 이름으로 요청하세요.'],
    },
  },
  name: {
    en: {
      headline: 'The address of {host} could not be found',
      meaning: 'Before it can connect, the proxy asks the local DNS server for the address, and it got none.',
      advice: ['Look whether the name is spelled as you meant it.', 'Ask DNS yourself: `dig {host}`'],
    },
    ko: {
      headline: '{host}의 주소를 찾지 못했습니다',
      meaning: '프록시는 연결하기 전에 로컬 DNS 서버에 주소를 묻습니다. 이번에는 주소를 얻지 못했습니다.',
      advice: ['이름의 철자가 맞는지 확인하세요.', '직접 DNS에 물어보세요: `dig {host}`'],
    },
  },
  refused: {
    en: {
      headline: 'No server is running at {host}',
      meaning: 'The machine is there, but it refused the connection: no program listens on that port.',
      advice: ['Start the web server there, or look whether it has failed.', 'Look whether the port is the right one.'],
    },
    ko: {
      headline: '{host}에서 서버가 실행되고 있지 않습니다',
      meaning: '컴퓨터는 있지만 연결을 거절했습니다. 그 포트에서 기다리는 프로그램이 없습니다.',
      advice: ['그곳의 웹 서버를 시작하거나, 멈추지 않았는지 확인하세요.', '포트 번호가 맞는지 확인하세요.'],
    },
  },
  unreachable: {
    en: {
      headline: '{host} cannot be reached',
      meaning: 'The network leads to no machine with that address.',
      advice: ['Look whether the host is running.', 'Try again in a moment.'],
    },
    ko: {
      headline: '{host}에 닿을 수 없습니다',
      meaning: '그 주소의 컴퓨터로 가는 길이 없습니다.',
      advice: ['호스트가 켜져 있는지 확인하세요.', '잠시 뒤에 다시 시도하세요.'],
    },
  },
  slow: {
    en: {
      headline: '{host} did not take the connection',
      meaning:
        'The proxy called, and nothing came back: neither yes nor no. The machine may be off, or the network too slow.',
      advice: ['Look whether the host is running.', 'Try again in a moment.'],
    },
    ko: {
      headline: '{host} 쪽에서 연결을 받지 않았습니다',
      meaning:
        '프록시가 연결을 청했지만 받아들인다는 답도 거절한다는 답도 없었습니다. 꺼져 있거나 망이 너무 느릴 수 있습니다.',
      advice: ['호스트가 켜져 있는지 확인하세요.', '잠시 뒤에 다시 시도하세요.'],
    },
  },
  silent: {
    en: {
      headline: '{host} does not answer',
      meaning: 'The connection stands and the request was sent, but no answer came in time.',
      advice: ['Try again in a moment: the server may be busy.', 'Look at what the server is doing.'],
    },
    ko: {
      headline: '{host}의 답이 오지 않습니다',
      meaning: '연결도 되었고 요청도 보냈지만, 제때 답이 오지 않았습니다.',
      advice: ['서버가 바쁠 수 있으니 잠시 뒤에 다시 시도하세요.', '서버가 무엇을 하고 있는지 확인하세요.'],
    },
  },
  closed: {
    en: {
      headline: '{host} hung up without an answer',
      meaning: 'It took the request and closed the connection. The proxy does not send such a request twice.',
      advice: ['Try again.', 'Look in the log of that server: the program may have failed.'],
    },
    ko: {
      headline: '{host} 쪽에서 답 없이 연결을 끊었습니다',
      meaning: '요청을 받은 뒤 연결을 닫았습니다. 이런 요청을 프록시가 다시 보내지는 않습니다.',
      advice: ['다시 시도하세요.', '그 서버의 로그를 보세요. 프로그램이 멈췄을 수 있습니다.'],
    },
  },
  nonsense: {
    en: {
      headline: '{host} answered with something that is not HTTP',
      meaning:
        'What came can be read in more than one way, or in none. Nothing of it is passed on, because it could be meant to deceive.',
      advice: [
        'Look whether a web server is on that port at all.',
        'Look at its bytes without the proxy: `nc {host} {port}`',
      ],
    },
    ko: {
      headline: '{host}에서 온 답은 HTTP가 아닙니다',
      meaning: '받은 것을 한 가지 뜻으로 읽을 수 없습니다. 속이려는 것일 수도 있으므로 아무것도 전달하지 않았습니다.',
      advice: ['그 포트에 정말 웹 서버가 있는지 확인하세요.', '프록시 없이 바이트를 직접 보세요: `nc {host} {port}`'],
    },
  },
  busy: {
    en: {
      headline: 'Too many requests are waiting for {host}',
      meaning: 'The proxy opens only so many connections at once, and all of them are in use.',
      advice: ['Try again in a moment.'],
    },
    ko: {
      headline: '{host}에 보낼 요청이 너무 많이 기다리고 있습니다',
      meaning: '프록시가 동시에 여는 연결의 수는 정해져 있는데, 지금은 모두 쓰이고 있습니다.',
      advice: ['잠시 뒤에 다시 시도하세요.'],
    },
  },
};

/** What may be wrong with a request, in a sentence for each status. */
export const STATUSES: Readonly<Record<number, Readonly<Record<Language, string>>>> = {
  400: { en: 'The request cannot be understood', ko: '요청을 이해할 수 없습니다' },
  403: { en: 'This proxy does not go there', ko: '이 프록시는 그곳에 연결하지 않습니다' },
  404: { en: 'This proxy has no such document', ko: '이 프록시에는 그런 문서가 없습니다' },
  405: { en: 'This method does not pass here', ko: '이 메서드는 여기를 지나가지 않습니다' },
  408: { en: 'The request did not arrive in time', ko: '요청이 제때 도착하지 않았습니다' },
  413: { en: 'The request is too large', ko: '요청이 너무 큽니다' },
  414: { en: 'The address in the request is too long', ko: '요청의 주소가 너무 깁니다' },
  417: { en: 'The request expects what is not offered', ko: '요청이 기대하는 것을 해 줄 수 없습니다' },
  421: { en: 'That site is not served here', ko: '여기서 맡은 사이트가 아닙니다' },
  431: { en: 'The header of the request is too large', ko: '요청의 헤더가 너무 큽니다' },
  501: { en: 'The proxy does not know this kind of request', ko: '프록시가 모르는 종류의 요청입니다' },
  502: { en: 'No valid answer came from the server', ko: '서버에서 올바른 답이 오지 않았습니다' },
  503: { en: 'The proxy is busy', ko: '프록시가 바쁩니다' },
  504: { en: 'No answer came in time', ko: '제때 답이 오지 않았습니다' },
  505: { en: 'This version of HTTP is not spoken here', ko: '여기서 쓰지 않는 HTTP 버전입니다' },
  508: { en: 'The request goes round in circles', ko: '요청이 제자리를 맴돌고 있습니다' },
};

/** The words around. */
export const LABELS = {
  en: {
    host: 'Host',
    address: 'Address',
    happened: 'What happened',
    advice: 'What you can try',
    you: 'you',
    proxy: 'web cache',
    origin: 'server',
    dns: 'DNS',
    answeredBy: 'This is the answer of the web cache {proxy}, not of the site.',
  },
  ko: {
    host: '호스트',
    address: '주소',
    happened: '무슨 일이 있었나',
    advice: '이렇게 해 보세요',
    you: '나',
    proxy: '웹 캐시',
    origin: '서버',
    dns: 'DNS',
    answeredBy: '이것은 사이트가 아니라 웹 캐시 {proxy}의 답입니다.',
  },
} as const;
