/** The words of the webmail, in the languages it speaks. */

const ENGLISH = {
  languageName: 'English',
  mail: 'Mail',
  inbox: 'Inbox',
  compose: 'New message',
  logIn: 'Log in',
  logOut: 'Log out',
  userName: 'User name',
  password: 'Password',
  wrongPassword: 'User name and password do not belong together.',
  welcome: 'Read and write mail in your browser.',
  howItWorks:
    'Your browser speaks HTTP with this server. From here to the server of the receiver, mail travels by SMTP.',
  noMessages: 'No messages yet.',
  unread: 'unread',
  unreadCount: '{count} unread',
  from: 'From',
  to: 'To',
  cc: 'Cc',
  date: 'Date',
  subject: 'Subject',
  noSubject: '(no subject)',
  text: 'Message',
  send: 'Send',
  cancel: 'Cancel',
  reply: 'Reply',
  forward: 'Forward',
  back: 'Back to the inbox',
  headerFields: 'All header fields',
  otherParts: 'Parts that are not shown',
  octets: 'octets',
  newer: 'Newer',
  older: 'Older',
  sent: 'The message is on its way',
  sentExplained:
    'Your browser brought it here over HTTP. It is now in the queue of this server, which sends it on by SMTP. Its number in the queue:',
  notSent: 'The message was not sent',
  needsRecipient: 'Write at least one receiver, such as bob@hamburger.edu.',
  isNoAddress: 'This is no mail address:',
  isRefused: 'This receiver is refused:',
  severalReceivers: 'Several receivers are separated by commas.',
  wrote: 'wrote:',
  forwarded: 'Forwarded message',
  notFound: 'There is no such page',
  notFoundExplained: 'The message may have been removed by another program.',
  formExpired: 'This form is no longer valid',
  formExpiredExplained: 'Please open the page again and repeat what you did.',
} as const;

export type Words = Readonly<Record<keyof typeof ENGLISH, string>>;

const KOREAN: Words = {
  languageName: '한국어',
  mail: '메일',
  inbox: '받은 편지함',
  compose: '새 메시지',
  logIn: '로그인',
  logOut: '로그아웃',
  userName: '사용자 이름',
  password: '비밀번호',
  wrongPassword: '사용자 이름이나 비밀번호가 맞지 않습니다.',
  welcome: '브라우저에서 메일을 읽고 씁니다.',
  howItWorks: '브라우저와 이 서버 사이는 HTTP로 통신합니다. 여기서 받는 사람의 메일 서버까지는 SMTP로 전달됩니다.',
  noMessages: '아직 받은 메시지가 없습니다.',
  unread: '읽지 않음',
  unreadCount: '읽지 않은 메시지 {count}통',
  from: '보낸 사람',
  to: '받는 사람',
  cc: '참조',
  date: '날짜',
  subject: '제목',
  noSubject: '(제목 없음)',
  text: '내용',
  send: '보내기',
  cancel: '취소',
  reply: '답장',
  forward: '전달',
  back: '받은 편지함으로',
  headerFields: '모든 헤더 필드',
  otherParts: '표시하지 않은 부분',
  octets: '옥텟',
  newer: '더 최근',
  older: '더 이전',
  sent: '메시지를 보내는 중입니다',
  sentExplained:
    '브라우저가 HTTP로 이 서버에 메시지를 건넸습니다. 지금은 서버의 큐에 있으며, 서버가 SMTP로 전달합니다. 큐 번호:',
  notSent: '메시지를 보내지 못했습니다',
  needsRecipient: 'bob@hamburger.edu처럼 받는 사람을 한 명 이상 적어 주세요.',
  isNoAddress: '메일 주소가 아닙니다:',
  isRefused: '이 받는 사람에게는 보낼 수 없습니다:',
  severalReceivers: '받는 사람이 여럿이면 쉼표로 구분합니다.',
  wrote: '님이 쓴 글:',
  forwarded: '전달된 메시지',
  notFound: '페이지가 없습니다',
  notFoundExplained: '다른 프로그램이 메시지를 지웠을 수 있습니다.',
  formExpired: '더 이상 유효하지 않은 양식입니다',
  formExpiredExplained: '페이지를 다시 열고 한 번 더 시도해 주세요.',
};

export type Language = 'en' | 'ko';

export const LANGUAGES: Readonly<Record<Language, Words>> = { en: ENGLISH, ko: KOREAN };

export function isLanguage(text: string | undefined): text is Language {
  return text === 'en' || text === 'ko';
}

/** The language that a browser prefers (RFC 9110, section 12.5.4). */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .split(',', 20)
    .map((range) => {
      const [tag = '', quality] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/);
      return { language: tag.split('-', 1)[0], quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality);
  for (const { language } of wanted) if (isLanguage(language)) return language;
  return 'en';
}
