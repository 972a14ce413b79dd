/** Mail beside the Web: section 2.3.2 of the notes in our own words, with two corrections. */

import type { Language } from '#shared/page/language.ts';

interface Comparison {
  readonly title: string;
  readonly lead: string;
  readonly columns: readonly [question: string, web: string, mail: string];
  readonly rows: readonly (readonly [question: string, web: string, mail: string])[];
  readonly tryTitle: string;
  readonly tries: readonly string[];
  readonly notesTitle: string;
  readonly notes: readonly { readonly id: string; readonly text: string }[];
  readonly pathTitle: string;
  readonly path: readonly { readonly by: string; readonly name: string }[];
  readonly pathText: string;
}

export const COMPARISON: Readonly<Record<Language, Comparison>> = {
  en: {
    title: 'Mail and the Web',
    lead: 'Both carry files from one host to another over TCP, and both keep a connection for several of them. They differ in who begins, and in what may be carried.',
    columns: ['', 'HTTP', 'SMTP'],
    rows: [
      [
        'Who wants the transfer?',
        'The receiver pulls: somebody put a file on a server, and whoever wants it fetches it.',
        'The sender pushes: the server of the sender takes the message to the server of the receiver.',
      ],
      [
        'Who opens the TCP connection?',
        'The machine that wants to have the file.',
        'The machine that has the message and wants to be rid of it.',
      ],
      [
        'Which octets may pass?',
        'All of them: a picture goes as it is.',
        'Lines of 7-bit ASCII. Korean text and pictures are encoded first, and decoded at the other end; base64 makes them a third larger.',
      ],
      [
        'How do several objects travel?',
        'Each in a response of its own: a page with ten pictures takes eleven responses.',
        'All in one message: the page and its ten pictures are eleven parts of it.',
      ],
    ],
    tryTitle: 'See it here',
    tries: [
      'Attach a picture to a message and open its Source: no octet is 0x80 or above. Then look at the picture in the message: your browser fetched it by HTTP, octet for octet as it is.',
      'Attach an HTML page with its pictures, and let it be sent as the message. One message leaves; when you read it, your browser asks for the page and for each picture.',
    ],
    notesTitle: 'Corrections to the notes',
    notes: [
      {
        id: 'ERR-10',
        text: 'Where the notes compare how many objects a response carries they write HTTPS. What is meant is HTTP: encryption changes nothing about it, and HTTPS is HTTP inside of TLS.',
      },
      {
        id: 'ERR-18',
        text: 'The notes call IMAP the “Internet Mail Access Protocol”. Its name in the standard (RFC 3501, RFC 9051) is Internet Message Access Protocol.',
      },
    ],
    pathTitle: 'Where a letter of this page travels',
    path: [
      { by: '', name: 'Your browser' },
      { by: 'HTTP', name: 'Your mail server' },
      { by: 'SMTP', name: 'Server of the receiver' },
      { by: 'HTTP', name: 'Browser of the receiver' },
    ],
    pathText: 'The browser speaks neither SMTP nor POP3 nor IMAP. Between the servers it is SMTP all the same.',
  },
  ko: {
    title: '메일과 웹',
    lead: '둘 다 TCP로 파일을 한 호스트에서 다른 호스트로 나르고, 연결 하나로 여러 개를 보낼 수 있습니다. 누가 시작하는지, 무엇을 나를 수 있는지가 다릅니다.',
    columns: ['', 'HTTP', 'SMTP'],
    rows: [
      [
        '누가 전송을 원하나?',
        '받는 쪽이 당깁니다(pull). 누군가 서버에 올려 둔 파일을 원하는 사람이 가져갑니다.',
        '보내는 쪽이 밉니다(push). 보내는 사람의 서버가 받는 사람의 서버로 메시지를 가져다줍니다.',
      ],
      ['누가 TCP 연결을 여나?', '파일을 받고 싶은 쪽이 엽니다.', '메시지를 보내고 싶은 쪽이 엽니다.'],
      [
        '어떤 옥텟이 지나갈 수 있나?',
        '모두 됩니다. 그림도 있는 그대로 갑니다.',
        '7비트 ASCII로 된 줄만 됩니다. 한글과 그림은 먼저 부호화하고 도착해서 되돌립니다. base64를 쓰면 3분의 1쯤 커집니다.',
      ],
      [
        '객체 여러 개는 어떻게 가나?',
        '응답마다 하나씩 갑니다. 그림이 열 개인 페이지는 응답이 열한 개입니다.',
        '메시지 하나에 모두 담깁니다. 페이지와 그림 열 개가 메시지의 열한 부분이 됩니다.',
      ],
    ],
    tryTitle: '직접 보기',
    tries: [
      '메시지에 그림을 첨부하고 원본을 열어 보세요. 0x80 이상인 옥텟이 없습니다. 이제 메시지에서 그림을 보세요. 브라우저가 HTTP로 받은 그림은 옥텟 하나하나가 원래 그대로입니다.',
      'HTML 페이지와 그림들을 첨부하고 본문으로 보내 보세요. 나가는 메시지는 하나입니다. 읽을 때는 브라우저가 페이지와 그림을 하나씩 요청합니다.',
    ],
    notesTitle: '강의 노트 바로잡기',
    notes: [
      {
        id: 'ERR-10',
        text: '응답 하나에 객체가 몇 개 담기는지 견주는 곳에 HTTPS라고 적혀 있습니다. HTTP가 맞습니다. HTTPS는 TLS 안에서 주고받는 HTTP이고, 암호화해도 이 점은 달라지지 않습니다.',
      },
      {
        id: 'ERR-18',
        text: 'IMAP을 “Internet Mail Access Protocol”이라고 적었습니다. 표준(RFC 3501, RFC 9051)의 이름은 Internet Message Access Protocol입니다.',
      },
    ],
    pathTitle: '여기서 보낸 편지가 가는 길',
    path: [
      { by: '', name: '내 브라우저' },
      { by: 'HTTP', name: '내 메일 서버' },
      { by: 'SMTP', name: '받는 사람의 서버' },
      { by: 'HTTP', name: '받는 사람의 브라우저' },
    ],
    pathText: '브라우저는 SMTP도 POP3도 IMAP도 쓰지 않습니다. 서버 사이는 여전히 SMTP입니다.',
  },
};
