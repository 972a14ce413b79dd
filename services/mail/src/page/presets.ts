/** Letters that are written already, to be sent and looked at. */
import type { Language } from '#shared/page/language.ts';
import type { Draft, Preset } from './compose-page.ts';

type Written = Pick<Draft, 'to' | 'subject' | 'text' | 'isPlainFrom'>;

/** The two users of the notes write to each other. */
function otherOf(own: string): string {
  return own === 'bob@hamburger.edu' ? 'alice@crepes.fr' : 'bob@hamburger.edu';
}

export function preset(which: Preset, own: string, language: Language): Written {
  const to = otherOf(own);
  if (which === 'korean') {
    const text = '안녕하세요.\n\n이 글은 7비트 ASCII로 바뀌어 전송되고, 받는 쪽에서 다시 한글로 돌아옵니다.\n';
    return { to, subject: '일곱 시에 크레프 어때요?', text, isPlainFrom: false };
  }
  const text =
    language === 'ko'
      ? '어디부터 찾아보면 좋을까?\n.\n위에 점 하나뿐인 줄이 있다. SMTP에서는 점이 하나 더 붙어 전송된다.\n'
      : 'Where shall we begin to look?\n.\nThe line above is a single full stop. On its way by SMTP it has one more.\n';
  return { to, subject: 'Searching for the meaning of life.', text, isPlainFrom: true };
}
