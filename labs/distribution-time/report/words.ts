/** What stands in the plots, in both languages of the lab. */

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Words {
  readonly distributionTitle: string;
  readonly distributionSummary: (given: {
    file: string;
    server: string;
    peer: string;
    download: string | null;
  }) => string;
  readonly peers: string;
  readonly seconds: string;
  readonly clientServerBound: string;
  readonly p2pBound: string;
  readonly measured: string;
  readonly ceiling: (seconds: string) => string;
  readonly churnTitle: string;
  readonly churnSummary: (given: { peers: number; impatient: number; seedCopies: number; seeds: number }) => string;
  readonly variance: string;
  readonly surviving: string;
  readonly policies: Readonly<Record<'rarest' | 'random' | 'sequential', string>>;
  readonly eachDot: string;
  readonly notReached: (count: number) => string;
  readonly copiesTitle: string;
  readonly copiesSummary: string;
  readonly copiesOf: string;
  readonly pieces: string;
  readonly varianceIs: (variance: string) => string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    distributionTitle: 'How long until all N have the file?',
    distributionSummary: ({ file, server, peer, download }) =>
      `F = ${file}, uₛ = ${server}, u = ${peer}${download === null ? '' : `, d = ${download}`} · lines: least time by the formulas · marks: measured`,
    peers: 'N, the number of peers',
    seconds: 'seconds',
    clientServerBound: 'client-server',
    p2pBound: 'P2P',
    measured: 'measured: median and range',
    ceiling: (seconds) => `F / u = ${seconds} s: P2P never gets there`,
    churnTitle: 'Which piece next, when nobody stays?',
    churnSummary: ({ peers, impatient, seedCopies, seeds }) =>
      `${peers} peers come one by one, ${impatient} give up half-way, the seed leaves after ${seedCopies} copies · ${seeds} draws`,
    variance: 'variance of the copies, half-way',
    surviving: 'part of the file that survives, %',
    policies: { rarest: 'rarest first', random: 'random', sequential: 'in order' },
    eachDot: 'a dot is a run, a bar the median',
    notReached: (count) => `${count} never half-way`,
    copiesTitle: 'Copies of each piece, half-way',
    copiesSummary:
      'one bar for each of the pieces of the file, how many peers have it; the run with the median variance',
    copiesOf: 'copies',
    pieces: 'pieces of the file, first to last',
    varianceIs: (variance) => `variance ${variance}`,
  },
  ko: {
    distributionTitle: 'N명이 모두 파일을 받기까지 얼마나 걸릴까?',
    distributionSummary: ({ file, server, peer, download }) =>
      `F = ${file}, uₛ = ${server}, u = ${peer}${download === null ? '' : `, d = ${download}`} · 선: 공식이 말하는 최소 시간 · 점: 측정값`,
    peers: '피어 수 N',
    seconds: '초',
    clientServerBound: '클라이언트-서버',
    p2pBound: 'P2P',
    measured: '측정: 중앙값과 범위',
    ceiling: (seconds) => `F / u = ${seconds}초: P2P의 상한`,
    churnTitle: '아무도 남아 있지 않는다면, 다음에는 어느 조각을?',
    churnSummary: ({ peers, impatient, seedCopies, seeds }) =>
      `피어 ${peers}개가 차례로 오고, ${impatient}개는 절반에서 그만두며, 시드는 사본 ${seedCopies}개를 준 뒤 떠난다 · 추첨 ${seeds}번`,
    variance: '절반 시점의 사본 수 분산',
    surviving: '살아남은 파일의 비율, %',
    policies: { rarest: '희귀한 것 먼저', random: '무작위', sequential: '순서대로' },
    eachDot: '점 하나가 실행 한 번, 막대는 중앙값',
    notReached: (count) => `${count}번은 절반에 못 이름`,
    copiesTitle: '절반 시점에 조각마다 있는 사본의 수',
    copiesSummary: '막대 하나가 파일의 조각 하나이고, 높이는 그 조각을 가진 피어의 수이다 (분산이 중앙값인 실행)',
    copiesOf: '사본',
    pieces: '파일의 조각, 처음부터 끝까지',
    varianceIs: (variance) => `분산 ${variance}`,
  },
};
