import type { Language } from '#shared/page/language.ts';
import type { SignUpFault } from '../../protocol/shop/customer.ts';

/** Why the shop does not do what a form asks. */
export type RefusalCode =
  | 'foreign'
  | 'form'
  | 'tooLong'
  | 'token'
  | 'ambiguous'
  | 'wrongPassword'
  | 'tooManyTries'
  | 'faults'
  | 'taken'
  | 'shopFull'
  | 'ordersFull'
  | 'basketEmpty'
  | 'busy'
  | 'away'
  | 'method';

/** Every word of the shop's pages. `{name}` and the like stand for what it is about. */
export interface Words {
  readonly tagline: string;
  readonly newHere: string;
  readonly newLead: string;
  readonly welcomeBack: string;
  readonly welcomeBackName: string;
  readonly backLead: string;
  readonly notRecognised: string;
  readonly becauseYouLooked: string;
  readonly likeYou: string;
  readonly likeYouReason: string;
  readonly moreOfShelf: string;
  readonly basket: string;
  readonly orders: string;
  readonly signIn: string;
  readonly signOut: string;
  readonly signUp: string;
  readonly knows: string;
  readonly knowsStrip: string;
  readonly addToBasket: string;
  readonly oneClick: string;
  readonly oneClickHint: string;
  readonly signInToOrder: string;
  readonly basketEmpty: string;
  readonly total: string;
  readonly orderAll: string;
  readonly more: string;
  readonly fewer: string;
  readonly noOrders: string;
  readonly order: string;
  readonly sentTo: string;
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly signInLead: string;
  readonly signUpLead: string;
  readonly noAccount: string;
  readonly haveAccount: string;
  readonly backToShop: string;
  readonly lab: LabWords;
  readonly faults: Readonly<Record<SignUpFault, string>>;
  readonly refusals: Readonly<Record<RefusalCode, string>>;
}

/** The words of the page that shows what the shop knows. */
export interface LabWords {
  readonly lead: string;
  readonly response: string;
  readonly responseHint: string;
  readonly request: string;
  readonly requestHint: string;
  readonly requestWithout: string;
  readonly requestUnknown: string;
  readonly jar: string;
  readonly jarHint: string;
  readonly row: string;
  readonly rowHint: string;
  readonly log: string;
  readonly logHint: string;
  readonly logLost: string;
  readonly forget: string;
  readonly forgetHint: string;
  readonly page: string;
  readonly when: string;
  readonly attributes: {
    readonly value: string;
    readonly path: string;
    readonly domain: string;
    readonly maxAge: string;
    readonly expires: string;
    readonly session: string;
    readonly httpOnly: string;
    readonly sameSite: string;
    readonly secure: string;
    readonly notSecure: string;
  };
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    tagline: 'a shop of the lab',
    newHere: 'Good day. You are new here.',
    newLead: 'The shop has just given your browser a number. Look around: it will know you by it.',
    welcomeBack: 'Welcome back.',
    welcomeBackName: 'Welcome back, {name}.',
    backLead: 'The shop has known you since {time}, and has noted {requests} requests of yours.',
    notRecognised:
      'Your browser sends several cookies of the same name with different values. The shop believes none of them, and remembers nothing: delete the cookies of this site.',
    becauseYouLooked: 'Because you looked at {name}',
    likeYou: 'Visitors like you',
    likeYouReason: '{both} of {all} who looked at {name} looked at this too',
    moreOfShelf: 'From the same shelf',
    basket: 'Basket',
    orders: 'Your orders',
    signIn: 'Sign in',
    signOut: 'Sign out',
    signUp: 'Become a customer',
    knows: 'What the shop knows about you',
    knowsStrip: 'To this shop you are',
    addToBasket: 'Put into the basket',
    oneClick: 'Order with one click',
    oneClickHint: 'It goes to {address} at once: the shop has your address, and nothing in the lab costs money.',
    signInToOrder: 'Sign in to order',
    basketEmpty: 'The basket is empty.',
    total: 'Total',
    orderAll: 'Order all of it',
    more: 'One more',
    fewer: 'One less',
    noOrders: 'You have ordered nothing yet.',
    order: 'Order',
    sentTo: 'To {address}',
    name: 'Name',
    password: 'Password (8 characters or more)',
    address: 'Address for parcels',
    signInLead: 'A cookie tells the shop which visitor you are. Only your password tells it who.',
    signUpLead: 'A name, a password and an address, all invented if you like. After that one click is enough to order.',
    noAccount: 'Not a customer yet?',
    haveAccount: 'A customer already?',
    backToShop: 'Back to the shop',
    lab: {
      lead: 'HTTP forgets. For a site to know you again, four things must work together. Here they are, as they are at this moment.',
      response: 'The line in the response',
      responseHint: 'The shop has chosen a random number for your browser and sent it along with an answer:',
      request: 'The line in the request',
      requestHint: 'Your browser has sent this with the request for this very page, as with every one to this host:',
      requestWithout:
        'The request for this page had no Cookie line. The next one will have it, if your browser takes cookies.',
      requestUnknown:
        'The database does not know this number. The shop has not taken it over: you are a new visitor, with the number above.',
      jar: 'The file of the browser',
      jarHint:
        'What your browser has noted by RFC 6265, section 5.3: for which host, for which paths, until when. It is written here as curl keeps it. Other hosts never get it.',
      row: 'The row in the database',
      rowHint: 'The number means nothing by itself. All that the shop knows stands under it on the shop’s own side:',
      log: 'What you did',
      logHint: 'Every page that was asked for with your number, and when (lab time, UTC).',
      logLost: '{count} earlier lines are gone: the log keeps the last {max}.',
      forget: 'Delete this row',
      forgetHint:
        'Your browser will go on sending its number. Nobody will know it any more: with your next request you are a new visitor.',
      page: 'Page',
      when: 'When',
      attributes: {
        value: 'a random number of 192 bits: nobody guesses that of another',
        path: 'goes back with every path of the host',
        domain: 'not there: it goes back to this host alone, to no neighbour in its domain',
        maxAge: 'the browser forgets it after so many seconds',
        expires: 'the same as a date, for old browsers; Max-Age wins',
        session:
          'The other cookie, that of your sign-in. It has no Max-Age and no Expires: the browser forgets it when it is closed.',
        httpOnly: 'no script in a page can read it',
        sameSite: 'forms and pictures of other sites do not carry it; a link that you follow does',
        secure: 'goes over TLS only, and __Host- in the name holds the browser to it',
        notSecure: 'not there: this page came without TLS, and anybody on the way can read the number',
      },
    },
    faults: {
      name: 'Give a name of 1 to 40 characters on one line.',
      password: 'Give a password of 8 to 128 characters.',
      address: 'Give an address of 1 to 120 characters on one line.',
    },
    refusals: {
      foreign: 'This form was sent by a page of another site. The shop does nothing.',
      form: 'This is no form of the shop.',
      tooLong: 'The form is too long.',
      token: 'This form is not from the page that you have now. Go back, load the page again, and send it once more.',
      ambiguous:
        'Your browser sends several cookies of the same name with different values. Delete the cookies of this site.',
      wrongPassword: 'There is no customer with this name and this password.',
      tooManyTries: 'Too many tries. Wait {seconds} seconds.',
      faults: 'Something in this form is not right.',
      taken: 'There is a customer of this name already.',
      shopFull: 'The shop takes no more customers.',
      ordersFull: 'You have as many orders as the shop keeps. It loses none, so it takes no more.',
      basketEmpty: 'There is nothing to order.',
      busy: 'Too much is going on at this moment. Try again in a second.',
      away: 'The shop cannot reach its database: it can neither recognise you nor remember anything. Try again in a moment.',
      method: 'This address does not take that method.',
    },
  },
  ko: {
    tagline: '실험실의 가게',
    newHere: '어서 오세요. 처음 오셨군요.',
    newLead: '가게가 방금 당신의 브라우저에 번호를 하나 주었습니다. 둘러보세요. 가게는 그 번호로 당신을 알아봅니다.',
    welcomeBack: '다시 오셨군요.',
    welcomeBackName: '{name} 님, 다시 오셨군요.',
    backLead: '가게는 {time}부터 당신을 알고 있고, 요청 {requests}개를 적어 두었습니다.',
    notRecognised:
      '브라우저가 이름은 같고 값이 다른 쿠키를 여럿 보냅니다. 가게는 어느 것도 믿지 않고 아무것도 적지 않습니다. 이 사이트의 쿠키를 지우세요.',
    becauseYouLooked: '{name}을(를) 보셨기에',
    likeYou: '비슷한 손님들은',
    likeYouReason: '{name}을(를) 본 {all}명 중 {both}명이 이것도 보았습니다',
    moreOfShelf: '같은 선반에서',
    basket: '장바구니',
    orders: '내 주문',
    signIn: '로그인',
    signOut: '로그아웃',
    signUp: '회원 가입',
    knows: '가게가 나에 대해 아는 것',
    knowsStrip: '이 가게에게 당신은',
    addToBasket: '장바구니에 담기',
    oneClick: '클릭 한 번으로 주문',
    oneClickHint: '누르는 즉시 {address}(으)로 갑니다. 주소는 가게가 알고 있고, 실험실에서는 돈이 들지 않습니다.',
    signInToOrder: '로그인하고 주문하기',
    basketEmpty: '장바구니가 비어 있습니다.',
    total: '합계',
    orderAll: '모두 주문',
    more: '하나 더',
    fewer: '하나 빼기',
    noOrders: '아직 주문한 것이 없습니다.',
    order: '주문',
    sentTo: '{address}(으)로',
    name: '이름',
    password: '비밀번호 (8자 이상)',
    address: '받을 주소',
    signInLead: '쿠키는 어느 손님인지만 알려 줍니다. 누구인지는 비밀번호만 알려 줍니다.',
    signUpLead: '이름, 비밀번호, 주소면 됩니다. 지어내도 좋습니다. 그다음부터는 클릭 한 번으로 주문합니다.',
    noAccount: '아직 회원이 아니신가요?',
    haveAccount: '이미 회원이신가요?',
    backToShop: '가게로 돌아가기',
    lab: {
      lead: 'HTTP는 기억하지 않습니다. 사이트가 당신을 다시 알아보려면 네 가지가 함께 움직여야 합니다. 지금 이 순간의 모습입니다.',
      response: '응답의 한 줄',
      responseHint: '가게는 당신의 브라우저에 줄 난수를 골라 응답에 함께 보냈습니다.',
      request: '요청의 한 줄',
      requestHint: '바로 이 페이지를 요청할 때 브라우저가 보낸 줄입니다. 이 호스트로 가는 모든 요청에 붙습니다.',
      requestWithout: '이 페이지의 요청에는 Cookie 줄이 없었습니다. 브라우저가 쿠키를 받는다면 다음 요청부터 붙습니다.',
      requestUnknown:
        '데이터베이스에 없는 번호입니다. 가게는 그 번호를 받아들이지 않았습니다. 당신은 위의 번호를 받은 새 손님입니다.',
      jar: '브라우저의 파일',
      jarHint:
        '브라우저가 RFC 6265, section 5.3에 따라 적어 둔 것입니다. 어느 호스트의 어느 경로에 언제까지 보낼지가 적혀 있습니다. 여기서는 curl이 저장하는 모양으로 보여 줍니다. 다른 호스트에는 가지 않습니다.',
      row: '데이터베이스의 한 행',
      rowHint: '번호 자체에는 아무 뜻이 없습니다. 가게가 아는 것은 모두 가게 쪽에, 그 번호 아래에 있습니다.',
      log: '당신이 한 일',
      logHint: '이 번호로 요청한 모든 페이지와 그 시각입니다(실험실 시각, UTC).',
      logLost: '그 전의 {count}줄은 없습니다. 마지막 {max}줄만 남깁니다.',
      forget: '이 행 지우기',
      forgetHint:
        '브라우저는 계속 같은 번호를 보냅니다. 하지만 아무도 그 번호를 모르므로, 다음 요청에서 당신은 새 손님입니다.',
      page: '페이지',
      when: '시각',
      attributes: {
        value: '192비트 난수. 다른 손님의 것을 맞힐 수 없습니다',
        path: '이 호스트의 모든 경로에 함께 갑니다',
        domain: '없음: 이 호스트에만 가고, 같은 도메인의 이웃에게도 가지 않습니다',
        maxAge: '이만큼의 초가 지나면 브라우저가 잊습니다',
        expires: '오래된 브라우저를 위한 같은 뜻의 날짜. Max-Age가 우선합니다',
        session: '로그인을 나타내는 또 하나의 쿠키입니다. Max-Age도 Expires도 없으므로, 브라우저를 닫으면 잊습니다.',
        httpOnly: '페이지의 스크립트가 읽지 못합니다',
        sameSite: '다른 사이트의 폼과 그림에는 붙지 않고, 링크를 따라갈 때는 붙습니다',
        secure: 'TLS로만 갑니다. 이름의 __Host-가 브라우저에게 이를 지키게 합니다',
        notSecure: '없음: 이 페이지는 TLS 없이 왔으므로, 길목의 누구나 번호를 읽을 수 있습니다',
      },
    },
    faults: {
      name: '이름은 한 줄에 1~40자로 적어 주세요.',
      password: '비밀번호는 8~128자로 적어 주세요.',
      address: '주소는 한 줄에 1~120자로 적어 주세요.',
    },
    refusals: {
      foreign: '다른 사이트의 페이지가 보낸 폼입니다. 가게는 아무것도 하지 않습니다.',
      form: '이 가게의 폼이 아닙니다.',
      tooLong: '폼이 너무 깁니다.',
      token: '지금 보고 있는 페이지의 폼이 아닙니다. 돌아가서 페이지를 다시 연 뒤 한 번 더 보내 주세요.',
      ambiguous: '브라우저가 이름은 같고 값이 다른 쿠키를 여럿 보냅니다. 이 사이트의 쿠키를 지우세요.',
      wrongPassword: '그 이름과 비밀번호를 가진 회원이 없습니다.',
      tooManyTries: '너무 여러 번 시도했습니다. {seconds}초 뒤에 다시 하세요.',
      faults: '폼에 고칠 곳이 있습니다.',
      taken: '같은 이름의 회원이 이미 있습니다.',
      shopFull: '가게가 더는 회원을 받지 못합니다.',
      ordersFull: '가게가 보관하는 만큼 주문하셨습니다. 주문을 잃지 않기 위해 더 받지 않습니다.',
      basketEmpty: '주문할 것이 없습니다.',
      busy: '지금은 너무 바쁩니다. 잠시 뒤에 다시 해 주세요.',
      away: '가게가 데이터베이스에 닿지 못합니다. 당신을 알아볼 수도, 무엇을 적을 수도 없습니다. 잠시 뒤에 다시 해 주세요.',
      method: '이 주소는 그 메서드를 받지 않습니다.',
    },
  },
};

export function fillWords(text: string, about: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(about[name] ?? whole));
}
