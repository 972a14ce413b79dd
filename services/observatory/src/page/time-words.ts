import type { Language } from '#shared/page/language.ts';

/** The words of the calculator of distribution times. `{n}` and `{m}` stand for numbers. */
export interface TimeWords {
  readonly presets: string;
  readonly preset: Readonly<Record<'exercise' | 'figure' | 'lab', string>>;
  readonly fields: Readonly<Record<'file' | 'server' | 'upload' | 'download' | 'peers', string>>;
  readonly noLimit: string;
  readonly chart: string;
  readonly curves: Readonly<Record<'clientServer' | 'p2p' | 'ceiling', string>>;
  readonly axis: Readonly<Record<'peers' | 'time', string>>;
  readonly forPeers: string;
  readonly because: Readonly<Record<'server' | 'first' | 'download' | 'together', string>>;
  readonly terms: Readonly<Record<'server' | 'first' | 'download' | 'together', string>>;
  readonly faster: string;
  readonly equal: string;
  readonly capacity: string;
  readonly capacityParts: Readonly<Record<'server' | 'peers', string>>;
  readonly never: string;
  readonly plateau: string;
  readonly plateauNone: string;
  readonly table: string;
  readonly tableColumns: readonly [peers: string, together: string, clientServer: string, p2p: string, times: string];
  readonly measured: string;
  readonly units: Readonly<Record<'ms' | 's' | 'min' | 'h' | 'd', string>>;
}

export const TIME_WORDS: Readonly<Record<Language, TimeWords>> = {
  en: {
    presets: 'Examples',
    preset: { exercise: 'Textbook exercise', figure: 'Textbook figure', lab: 'This lab' },
    fields: {
      file: 'File F',
      server: 'Server upload uₛ',
      upload: 'Peer upload u',
      download: 'Peer download d',
      peers: 'Peers N',
    },
    noLimit: 'no limit',
    chart: 'Least distribution time by number of peers',
    curves: { clientServer: 'client-server', p2p: 'P2P', ceiling: 'P2P: never longer than {n}' },
    axis: { peers: 'peers', time: 'time' },
    forPeers: 'For {n} peers',
    because: {
      server: 'The server sends every copy itself: that takes longest.',
      first: 'The first copy has to leave the server: that takes longest.',
      download: 'A peer has to take in one copy: that takes longest.',
      together: 'All uploads together have to send {n} copies: that takes longest.',
    },
    terms: {
      server: 'N copies from the server',
      first: 'the first copy',
      download: 'one copy into a peer',
      together: 'N copies from everybody',
    },
    faster: 'P2P is {n} times as fast.',
    equal: 'Both take the same time: P2P is never slower, but here it cannot be faster.',
    capacity: 'All that can be uploaded',
    capacityParts: { server: 'server', peers: '{n} peers' },
    never:
      'P2P is never slower than client-server. "Always faster" would be too much: see one peer, or slow downloads.',
    plateau: 'However many join, P2P takes no longer than {n}: each peer takes a copy and brings an upload.',
    plateauNone: 'Peers that upload nothing are no help: P2P grows like client-server.',
    table: 'In numbers',
    tableColumns: ['Peers', 'All uploads', 'Client-server', 'P2P', 'Ratio'],
    measured: 'round {n} took {m}',
    units: { ms: '{n} ms', s: '{n} s', min: '{n} min', h: '{n} h', d: '{n} days' },
  },
  ko: {
    presets: '보기',
    preset: { exercise: '교과서 연습문제', figure: '교과서 그림', lab: '이 실습망' },
    fields: {
      file: '파일 F',
      server: '서버 업로드 uₛ',
      upload: '피어 업로드 u',
      download: '피어 다운로드 d',
      peers: '피어 수 N',
    },
    noLimit: '한도 없음',
    chart: '피어 수에 따른 최소 분배 시간',
    curves: { clientServer: '클라이언트-서버', p2p: 'P2P', ceiling: 'P2P: {n} 이내' },
    axis: { peers: '피어', time: '시간' },
    forPeers: '피어가 {n}개일 때',
    because: {
      server: '서버가 모든 복사본을 혼자 보내는 데 가장 오래 걸립니다.',
      first: '첫 복사본이 서버를 떠나는 데 가장 오래 걸립니다.',
      download: '피어 하나가 한 벌을 받는 데 가장 오래 걸립니다.',
      together: '모두의 업로드로 {n}벌을 보내는 데 가장 오래 걸립니다.',
    },
    terms: {
      server: '서버가 N벌을 보냄',
      first: '서버가 첫 벌을 보냄',
      download: '피어가 한 벌을 받음',
      together: '모두가 N벌을 보냄',
    },
    faster: 'P2P가 {n}배 빠릅니다.',
    equal: '둘의 시간이 같습니다. P2P는 더 느린 법이 없지만, 여기서는 더 빠를 수도 없습니다.',
    capacity: '업로드할 수 있는 전부',
    capacityParts: { server: '서버', peers: '피어 {n}개' },
    never:
      'P2P는 클라이언트-서버보다 느린 법이 없습니다. "항상 빠르다"는 지나친 말입니다. 피어가 하나이거나 다운로드가 느리면 같습니다.',
    plateau:
      '피어가 아무리 늘어도 P2P의 시간은 {n} 이내입니다. 피어마다 한 벌을 받아 가지만 업로드도 보태기 때문입니다.',
    plateauNone: '업로드하지 않는 피어는 도움이 되지 않습니다. P2P도 클라이언트-서버처럼 늘어납니다.',
    table: '숫자로',
    tableColumns: ['피어', '모든 업로드', '클라이언트-서버', 'P2P', '배수'],
    measured: '라운드 {n}: {m}',
    units: { ms: '{n} ms', s: '{n}초', min: '{n}분', h: '{n}시간', d: '{n}일' },
  },
};
