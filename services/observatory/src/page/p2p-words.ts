import type { Language } from '#shared/page/language.ts';
import { TIME_WORDS, type TimeWords } from './time-words.ts';

/** The words of the page that shows a swarm. `{n}` and `{m}` stand for what the lab says. */
export interface P2pWords {
  readonly title: string;
  readonly lead: string;
  readonly views: Readonly<Record<'swarm' | 'time', string>>;
  readonly torrent: string;
  readonly torrentFacts: string;
  readonly none: string;
  readonly again: string;
  readonly againMeans: string;
  readonly pick: string;
  readonly picks: Readonly<Record<'rarest' | 'random' | 'sequential', string>>;
  readonly choke: string;
  readonly chokes: Readonly<Record<'tit-for-tat' | 'none', string>>;
  readonly seeds: Readonly<Record<'fastest' | 'round-robin', string>>;
  readonly pace: string;
  readonly paces: Readonly<Record<'configured' | 'lecture', string>>;
  readonly failed: string;
  readonly failedMany: string;
  readonly map: string;
  readonly piece: string;
  readonly pieces: string;
  readonly copies: string;
  readonly given: string;
  readonly givenMeans: string;
  readonly finished: string;
  readonly rarest: string;
  readonly rarestNone: string;
  readonly rarestSeen: string;
  readonly rarestUnseen: string;
  readonly cell: Readonly<Record<'missing' | 'picked' | 'before' | 'have' | 'blocks', string>>;
  readonly cellKinds: Readonly<Record<'have' | 'picked', string>>;
  readonly graph: string;
  readonly graphMeans: string;
  readonly arrows: Readonly<Record<'flow' | 'open' | 'idle' | 'choked', string>>;
  readonly tracker: string;
  readonly trackerKnows: string;
  readonly rates: string;
  readonly seedLimit: string;
  readonly figures: Readonly<Record<'took' | 'running' | 'seed' | 'peers' | 'alone', string>>;
  readonly copiesCount: Readonly<Record<'one' | 'other', string>>;
  readonly seconds: string;
  readonly previous: string;
  readonly next: string;
  readonly replay: string;
  readonly stop: string;
  readonly live: string;
  readonly slower: string;
  readonly speed: string;
  readonly keys: string;
  readonly tabs: Readonly<Record<'why' | 'rounds' | 'tracker' | 'peer', string>>;
  readonly groups: Readonly<Record<'pieces' | 'choking' | 'connections' | 'tracker', string>>;
  readonly whyNone: string;
  readonly happenings: Readonly<Record<string, string>>;
  readonly rounds: string;
  readonly roundColumns: readonly [number: string, policy: string, peers: string, time: string, copies: string];
  readonly goingOn: string;
  readonly brokenOff: string;
  readonly unknown: string;
  readonly members: string;
  readonly memberColumns: readonly [peer: string, left: string, silent: string];
  readonly nothingLeft: string;
  readonly membersNone: string;
  readonly trackerMeans: string;
  readonly counts: string;
  readonly neighbours: string;
  readonly neighbourColumns: readonly [neighbour: string, has: string, down: string, up: string];
  readonly neighboursNone: string;
  readonly lets: Readonly<Record<'mayFetch' | 'choked' | 'notInterested' | 'snubbed', string>>;
  readonly gone: string;
  readonly goneNone: string;
  readonly decisions: string;
  readonly choosePeer: string;
  readonly asOfNow: string;
  readonly facts: Readonly<Record<'have' | 'downloaded' | 'uploaded' | 'copies' | 'limits' | 'policy', string>>;
  readonly noLimit: string;
  readonly startOver: string;
  readonly announce: string;
  readonly way: string;
  readonly time: TimeWords;
}

export const P2P_WORDS: Readonly<Record<Language, P2pWords>> = {
  en: {
    title: 'P2P',
    lead: 'How a file spreads through a swarm',
    views: { swarm: 'The swarm', time: 'Distribution time' },
    torrent: 'Torrent',
    torrentFacts: '{n} in {m} pieces',
    none: 'No peer shares a torrent yet.',
    again: 'Fetch it again',
    againMeans: 'Every peer but the one that made the file forgets it and fetches it again.',
    pick: 'Next piece',
    picks: { rarest: 'rarest first', random: 'any at random', sequential: 'in order' },
    choke: 'Give to',
    chokes: { 'tit-for-tat': 'who gives most', none: 'everybody' },
    seeds: { fastest: 'as a seed: who takes most', 'round-robin': 'as a seed: each in turn' },
    pace: 'Uploads',
    paces: { configured: 'as configured', lecture: '200 KiB/s each' },
    failed: 'It was not done: {n}',
    failedMany: 'On {n} hosts it was not done. The first: {m}',
    map: 'Who has which piece, and from whom',
    piece: 'Piece {n}',
    pieces: 'Pieces',
    copies: 'Copies',
    given: 'Gave',
    givenMeans: 'Copies of the file that it gave to others in this round',
    finished: 'All after',
    rarest: 'Rarest now, with {m} each: {n}',
    rarestNone: 'Every peer has every piece.',
    rarestSeen: '{n} lacks; rarest among its neighbours: {m}',
    rarestUnseen: '{n} lacks nothing.',
    cell: {
      missing: 'not there',
      picked: 'is being fetched from {n}',
      before: 'was there before',
      have: 'from {n}',
      blocks: '{n} blocks from {m}',
    },
    cellKinds: { have: 'colour: from whom', picked: 'is coming' },
    graph: 'Who gives to whom',
    graphMeans: 'Choose a peer to see it alone.',
    arrows: {
      flow: 'gives a piece',
      open: 'unchoked: may fetch',
      idle: 'unchoked, wants nothing',
      choked: 'wants, but is choked',
    },
    tracker: 'Tracker',
    trackerKnows: 'The tracker knows {n}',
    rates: 'Received per second, by who gave it',
    seedLimit: 'all that the seed can give: {n}',
    figures: {
      took: 'Everybody has it after',
      running: 'Under way for',
      seed: 'The seed sent',
      peers: 'The peers sent',
      alone: 'A server alone would send',
    },
    copiesCount: { one: '{n} copy', other: '{n} copies' },
    seconds: '{n} s',
    previous: 'Back',
    next: 'Step',
    replay: 'Replay',
    stop: 'Stop',
    live: 'Live',
    slower: '{n} × slower',
    speed: 'Speed',
    keys: '← → step, Space replay, Esc live',
    tabs: { why: 'Why', rounds: 'Rounds', tracker: 'Tracker', peer: 'One peer' },
    groups: { pieces: 'pieces', choking: 'choking', connections: 'connections', tracker: 'tracker' },
    whyNone: 'Nothing has happened yet.',
    happenings: {
      joined: 'takes part, with {n} of {m} pieces',
      left: 'leaves',
      opened: 'connects',
      closed: 'closes a connection',
      picked: 'asks for piece {n}',
      endgame: 'asks for piece {n} as well',
      verified: 'has piece {n}',
      wrong: 'throws piece {n} away',
      choked: 'chokes',
      unchoked: 'unchokes',
      interested: 'is interested',
      uninterested: 'wants nothing more',
      banned: 'bans',
      refused: 'does not dial',
      started: 'announces itself: started',
      completed: 'announces: completed',
      stopped: 'announces: stopped',
      announced: 'announces itself again',
      answered: 'names peers: {n}',
      expired: 'is forgotten by the tracker',
      changed: 'has other settings',
    },
    rounds: 'Rounds',
    roundColumns: ['Round', 'Next piece', 'Peers', 'Time', 'Sent by the seed'],
    goingOn: 'goes on',
    brokenOff: 'broken off',
    unknown: 'not known',
    members: "The tracker's set: {n} peers",
    memberColumns: ['Peer', 'Still to fetch', 'Silent for'],
    nothingLeft: 'nothing: a seed',
    membersNone: 'The tracker knows no peer of this torrent.',
    trackerMeans:
      'A newcomer is told of some of them, chosen at random. Who is silent for two intervals of {n} s is forgotten.',
    counts: '{n} have it all, {m} do not',
    neighbours: 'Neighbours: {n}',
    neighbourColumns: ['Neighbour', 'Has', 'Gives it', 'Is given'],
    neighboursNone: 'It is connected with nobody.',
    lets: {
      mayFetch: 'unchoked',
      choked: 'choked',
      notInterested: 'nothing wanted',
      snubbed: 'gave nothing for 60 s',
    },
    gone: 'Connections closed, addresses refused',
    goneNone: 'None.',
    decisions: 'Its last decisions',
    choosePeer: 'Choose a peer in the map or in the picture.',
    asOfNow: 'As it is now, not at the moment that is shown.',
    facts: {
      have: 'Has',
      downloaded: 'Received',
      uploaded: 'Gave',
      copies: 'Gave, in copies of the file',
      limits: 'Upload, download at most',
      policy: 'Policies',
    },
    noLimit: 'no limit',
    startOver: 'Fetch it again',
    announce: 'Announce now',
    way: 'The swarm in full',
    time: TIME_WORDS.en,
  },
  ko: {
    title: 'P2P',
    lead: '파일이 스웜에 퍼지는 모습',
    views: { swarm: '스웜', time: '분배 시간' },
    torrent: '토렌트',
    torrentFacts: '{n}, 조각(청크) {m}개',
    none: '아직 토렌트를 나누는 피어가 없습니다.',
    again: '처음부터 다시 받기',
    againMeans: '파일을 만든 피어를 뺀 모든 피어가 받은 것을 지우고 다시 받습니다.',
    pick: '다음 조각',
    picks: { rarest: '가장 드문 것 먼저', random: '아무거나', sequential: '순서대로' },
    choke: '누구에게',
    chokes: { 'tit-for-tat': '많이 주는 피어에게', none: '모두에게' },
    seeds: { fastest: '시드일 때: 많이 받는 피어에게', 'round-robin': '시드일 때: 차례로' },
    pace: '업로드',
    paces: { configured: '설정대로', lecture: '각각 200 KiB/s' },
    failed: '하지 못했습니다: {n}',
    failedMany: '호스트 {n}개에서 하지 못했습니다. 그중 첫 번째: {m}',
    map: '누가 어떤 조각을 누구에게서 받았나',
    piece: '조각 {n}',
    pieces: '조각',
    copies: '복사본',
    given: '준 것',
    givenMeans: '이번 라운드에 다른 피어에게 준 양, 파일 몇 벌인지',
    finished: '다 받음',
    rarest: '지금 가장 드문 것({m}씩): {n}',
    rarestNone: '모든 피어가 모든 조각을 가졌습니다.',
    rarestSeen: '{n}에게 없고 이웃들 중에 가장 드문 것: {m}',
    rarestUnseen: '{n}에게는 없는 조각이 없습니다.',
    cell: {
      missing: '없음',
      picked: '{n}에게서 받는 중',
      before: '전부터 있었음',
      have: '{n}에게서 받음',
      blocks: '{m}에게서 블록 {n}개',
    },
    cellKinds: { have: '색: 준 피어', picked: '받는 중' },
    graph: '누가 누구에게 주는가',
    graphMeans: '피어를 고르면 그 피어만 볼 수 있습니다.',
    arrows: {
      flow: '조각을 주는 중',
      open: '언초크: 받아 가도 됨',
      idle: '언초크, 관심 없음',
      choked: '관심 있지만 초크됨',
    },
    tracker: '트래커',
    trackerKnows: '트래커가 아는 피어 {n}',
    rates: '초당 받은 양, 준 피어별로',
    seedLimit: '시드가 줄 수 있는 전부: {n}',
    figures: {
      took: '모두 받기까지',
      running: '지금까지',
      seed: '시드가 보낸 것',
      peers: '피어들이 보낸 것',
      alone: '서버 혼자라면 보낼 것',
    },
    copiesCount: { one: '{n}벌', other: '{n}벌' },
    seconds: '{n}초',
    previous: '뒤로',
    next: '한 걸음',
    replay: '다시 보기',
    stop: '멈춤',
    live: '실시간',
    slower: '{n}배 느리게',
    speed: '빠르기',
    keys: '← → 한 걸음, Space 다시 보기, Esc 실시간',
    tabs: { why: '까닭', rounds: '라운드', tracker: '트래커', peer: '한 피어' },
    groups: { pieces: '조각', choking: '초크', connections: '연결', tracker: '트래커' },
    whyNone: '아직 일어난 일이 없습니다.',
    happenings: {
      joined: '조각 {m}개 중 {n}개를 가지고 참여함',
      left: '떠남',
      opened: '연결함',
      closed: '연결을 닫음',
      picked: '조각 {n} 요청',
      endgame: '조각 {n} 또 요청',
      verified: '조각 {n} 받음',
      wrong: '조각 {n} 버림',
      choked: '초크',
      unchoked: '언초크',
      interested: '관심 있음',
      uninterested: '관심 없음',
      banned: '차단',
      refused: '연결하지 않음',
      started: '알림: 시작',
      completed: '알림: 완료',
      stopped: '알림: 그만둠',
      announced: '다시 알림',
      answered: '피어 {n}개를 알려 줌',
      expired: '트래커가 잊음',
      changed: '설정이 바뀜',
    },
    rounds: '라운드',
    roundColumns: ['라운드', '다음 조각', '피어', '시간', '시드가 보낸 것'],
    goingOn: '진행 중',
    brokenOff: '중단됨',
    unknown: '모름',
    members: '트래커가 추적하는 피어 {n}개',
    memberColumns: ['피어', '남은 것', '소식 없음'],
    nothingLeft: '없음: 시드',
    membersNone: '트래커가 이 토렌트에서 아는 피어가 없습니다.',
    trackerMeans:
      '새로 온 피어에게는 이 가운데 무작위로 고른 일부를 알려 줍니다. {n}초 간격이 두 번 지나도록 소식이 없으면 잊습니다.',
    counts: '다 가진 피어 {n}, 아닌 피어 {m}',
    neighbours: '이웃 피어 {n}개',
    neighbourColumns: ['이웃', '가진 것', '주는 것', '받는 것'],
    neighboursNone: '아무와도 연결되어 있지 않습니다.',
    lets: {
      mayFetch: '언초크',
      choked: '초크',
      notInterested: '관심 없음',
      snubbed: '60초 동안 아무것도 주지 않음',
    },
    gone: '닫힌 연결, 거절한 주소',
    goneNone: '없습니다.',
    decisions: '최근에 내린 결정',
    choosePeer: '표나 그림에서 피어를 고르세요.',
    asOfNow: '보고 있는 순간이 아니라 지금의 상태입니다.',
    facts: {
      have: '가진 것',
      downloaded: '받은 양',
      uploaded: '준 양',
      copies: '준 양, 파일 몇 벌인지',
      limits: '업로드와 다운로드 한도',
      policy: '정책',
    },
    noLimit: '한도 없음',
    startOver: '처음부터 다시 받기',
    announce: '지금 트래커에 알리기',
    way: '스웜 전체 보기',
    time: TIME_WORDS.ko,
  },
};
