import type { Language } from '#shared/page/language.ts';

/** The words of a DNS message drawn bit by bit. Names of fields are the RFC's and stay as they are. */
export interface BitsWords {
  readonly show: string;
  readonly hide: string;
  readonly title: string;
  readonly header: string;
  readonly flags: Readonly<Record<'AA' | 'TC' | 'RD' | 'RA' | 'Z' | 'AD' | 'CD', string>>;
  readonly octetsAndFields: string;
  readonly offset: string;
  readonly counted: string;
  readonly label: string;
  readonly root: string;
  readonly pointer: string;
  readonly howPointers: string;
  readonly unread: string;
  readonly broken: string;
  readonly cut: string;
  readonly unavailable: string;
  readonly sections: Readonly<Record<string, string>>;
}

export const BITS_WORDS: Readonly<Record<Language, BitsWords>> = {
  en: {
    show: 'Bits',
    hide: 'Fields',
    title: 'The message bit by bit',
    header: 'Header: the first 12 octets',
    flags: {
      AA: 'authoritative answer',
      TC: 'truncated: ask again over TCP',
      RD: 'recursion desired',
      RA: 'recursion available',
      Z: 'reserved, always 0',
      AD: 'authentic data (DNSSEC)',
      CD: 'checking disabled (DNSSEC)',
    },
    octetsAndFields: 'Octets and fields',
    offset: 'Offset {n}',
    counted: '{n} octets',
    label: 'label {n}, {m} letters',
    root: 'end of the name: the root',
    pointer: 'pointer to offset {n}: {m}',
    howPointers:
      'An arrow leads from each compression pointer to the labels that it stands for. Point at one, or walk with Tab.',
    unread: 'not readable',
    broken: 'The message breaks a rule',
    cut: 'A report carries the first {n} of the {m} octets of this message; the rest is not shown.',
    unavailable: 'The observatory could not take the message apart. Try again.',
    sections: {
      question: 'Question',
      answer: 'Answer',
      authority: 'Authority',
      additional: 'Additional',
      zone: 'Zone (of an update)',
      prerequisite: 'Prerequisite (of an update)',
      update: 'Update',
    },
  },
  ko: {
    show: '비트 보기',
    hide: '필드 보기',
    title: '비트로 본 메시지',
    header: '헤더: 처음 12옥텟',
    flags: {
      AA: '책임 서버의 응답',
      TC: '잘림: TCP로 다시 질의',
      RD: '재귀 요청',
      RA: '재귀 가능',
      Z: '예약됨, 항상 0',
      AD: '검증된 데이터(DNSSEC)',
      CD: '검증 끔(DNSSEC)',
    },
    octetsAndFields: '옥텟과 필드',
    offset: '오프셋 {n}',
    counted: '{n}옥텟',
    label: '레이블 {n}, {m}글자',
    root: '이름의 끝: 루트',
    pointer: '오프셋 {n}(으)로 가는 포인터: {m}',
    howPointers:
      '화살표는 압축 포인터에서 그것이 대신하는 레이블로 이어집니다. 포인터를 가리키거나 Tab으로 옮겨 다녀 보세요.',
    unread: '읽을 수 없음',
    broken: '규칙에 어긋난 메시지입니다',
    cut: '보고에는 이 메시지의 {m}옥텟 중 처음 {n}옥텟만 실립니다. 나머지는 표시하지 않습니다.',
    unavailable: '관측소가 메시지를 분해하지 못했습니다. 다시 시도하세요.',
    sections: {
      question: '질의',
      answer: '응답',
      authority: '책임',
      additional: '추가',
      zone: '존(갱신)',
      prerequisite: '전제 조건(갱신)',
      update: '갱신',
    },
  },
};
