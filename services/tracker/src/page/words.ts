import type { Language } from '#shared/page/language.ts';

/** Every word of the pages. `{n}` and the like stand for what it is about. */
interface Words {
  readonly title: string;
  readonly lead: string;
  readonly open: string;
  readonly listed: string;
  readonly peers: string;
  readonly torrents: string;
  readonly announces: string;
  readonly scrapes: string;
  readonly refused: string;
  readonly sent: string;
  readonly sentHint: string;
  readonly overHttp: string;
  readonly overUdp: string;
  readonly torrent: string;
  readonly seeds: string;
  readonly leechers: string;
  readonly completed: string;
  readonly moreTorrents: string;
  readonly morePeers: string;
  readonly noTorrent: string;
  readonly nobody: string;
  readonly address: string;
  readonly peerId: string;
  readonly lacks: string;
  readonly nothing: string;
  readonly unknown: string;
  readonly silent: string;
  readonly silentHint: string;
  readonly seconds: string;
  readonly told: string;
  readonly toldHint: string;
  readonly all: string;
  readonly notFound: string;
  readonly language: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: 'tracker',
    lead: 'Which peers take part in which torrent. The tracker tells each of them of a random subset of the others; the file itself goes from peer to peer.',
    open: 'Serves every torrent. Peers announce themselves every {n} s.',
    listed: 'Serves the torrents of its list only. Peers announce themselves every {n} s.',
    peers: 'Peers',
    torrents: 'Torrents',
    announces: 'Announces',
    scrapes: 'Scrapes',
    refused: 'Refused',
    sent: 'Sent in all',
    sentHint: 'lists of peers, not one octet of a file',
    overHttp: 'HTTP {n}',
    overUdp: 'UDP {n}',
    torrent: 'Torrent (info hash)',
    seeds: 'Seeds',
    leechers: 'Leechers',
    completed: 'Completed downloads',
    moreTorrents: 'and {n} smaller torrents',
    morePeers: 'and {n} more peers',
    noTorrent: 'No peer has announced a torrent yet.',
    nobody: 'Nobody takes part at this moment.',
    address: 'Address',
    peerId: 'Peer id',
    lacks: 'Lacks',
    nothing: 'nothing: a seed',
    unknown: 'not said',
    silent: 'Last announce',
    silentHint: 'who is silent for {n} s is removed',
    seconds: '{n} s ago',
    told: 'Told to others',
    toldHint: 'the subset is random: in the long run all are told equally often',
    all: 'All torrents',
    notFound: 'The tracker does not know this torrent.',
    language: 'Language, 언어',
  },
  ko: {
    title: '트래커',
    lead: '어느 피어가 어느 토렌트에 참여하는지 알고 있습니다. 각 피어에게 다른 피어들의 무작위 부분집합을 알려 줄 뿐, 파일은 피어에서 피어로 직접 갑니다.',
    open: '모든 토렌트를 받습니다. 피어는 {n}초마다 자신을 알립니다.',
    listed: '목록에 있는 토렌트만 받습니다. 피어는 {n}초마다 자신을 알립니다.',
    peers: '피어',
    torrents: '토렌트',
    announces: '어나운스',
    scrapes: '스크레이프',
    refused: '거절',
    sent: '보낸 양',
    sentHint: '피어 목록뿐이고, 파일은 1바이트도 없습니다',
    overHttp: 'HTTP {n}',
    overUdp: 'UDP {n}',
    torrent: '토렌트(인포 해시)',
    seeds: '시드',
    leechers: '리처',
    completed: '완료된 다운로드',
    moreTorrents: '그 밖에 더 작은 토렌트 {n}개',
    morePeers: '그 밖에 피어 {n}개',
    noTorrent: '아직 토렌트를 알린 피어가 없습니다.',
    nobody: '지금은 참여하는 피어가 없습니다.',
    address: '주소',
    peerId: '피어 ID',
    lacks: '남은 양',
    nothing: '없음: 시드',
    unknown: '밝히지 않음',
    silent: '마지막 어나운스',
    silentHint: '{n}초 동안 소식이 없으면 지웁니다',
    seconds: '{n}초 전',
    told: '다른 피어에게 알려진 횟수',
    toldHint: '무작위로 고르므로 길게 보면 모두 똑같이 알려집니다',
    all: '모든 토렌트',
    notFound: '트래커가 모르는 토렌트입니다.',
    language: 'Language, 언어',
  },
};

/** A sentence with its number. */
export function withNumber(sentence: string, n: string | number): string {
  return sentence.replace('{n}', String(n));
}
