import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asLanguage, rememberLanguage } from '#shared/page/language.ts';
import { loginPage } from '../../page/login-page.ts';
import { type Asked, SESSION_COOKIE, type WebDesk } from './desk.ts';
import { formOf } from './web-form.ts';

/** Logging in and out, and the choice of a language. */
export function routeLogin(app: FastifyInstance, desk: WebDesk): void {
  app.get('/login', (request, reply) => desk.page(reply, loginPage(desk.outside(request), null)));
  app.post('/login', (request, reply) => logIn(desk, request, reply));
  app.post(
    '/logout',
    desk.forUser(({ asked, reply }) => {
      desk.closeSessions(asked);
      return reply.header('set-cookie', sessionCookie('', '; Max-Age=0')).redirect('/login', 303);
    }),
  );
  app.get('/language/:language', (request: Asked, reply) => {
    const chosen = asLanguage(request.params.language);
    if (chosen !== undefined) reply.header('set-cookie', rememberLanguage(chosen));
    return reply.redirect(ownPath(request.query.back ?? ''), 303);
  });
}

async function logIn(desk: WebDesk, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const form = formOf(request);
  const user = form.get('user');
  const account = await desk.parts.logins.check(user, form.get('password'), request.ip);
  if (account === null) return desk.page(reply.code(401), loginPage(desk.outside(request), user));
  desk.closeSessions(request);
  return reply.header('set-cookie', sessionCookie(desk.sessions.open(account))).redirect('/', 303);
}

function sessionCookie(id: string, more = ''): string {
  return `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict${more}`;
}

/** Only a page of ours: `//elsewhere` and `/\elsewhere` would lead away. */
function ownPath(back: string): string {
  return /^\/(?![/\\])[\w/%.~?=&+!'()*-]{0,3000}$/.test(back) ? back : '/';
}
