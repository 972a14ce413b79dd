import { z } from 'zod';
import type { MailDirectory } from '../../protocol/mail-directory.ts';
import { FAULT_DELAY_MS_MAX, FAULT_RULES_MAX } from '../faults.ts';
import { resetAnswer } from './answers.ts';
import { WAITERS_MAX } from './arrivals.ts';
import { WAIT_MS_MAX } from './mailbox-routes.ts';
import { openApiDocument } from './openapi.ts';
import { type ResetParts, reset } from './reset.ts';
import { type Route, route } from './route.ts';

export interface ServerRoutesParts extends ResetParts {
  readonly directory: MailDirectory;
  readonly mailHost: string;
  /** Limits of the whole server, by the names of its variables. */
  readonly limits: Readonly<Record<string, number | boolean>>;
  labTime(): number;
}

/** The server as a whole. @param routes all other routes, for the document that lists them */
export function serverRoutes(parts: ServerRoutesParts, routes: () => readonly Route[]): Route[] {
  const { directory, mailHost, limits } = parts;
  return [
    route({
      method: 'GET',
      path: '',
      tag: 'server',
      summary: 'The server: its domains, its lab time, and where everything is',
      status: 200,
      answer: z.object({
        mailHost: z.string(),
        domains: z.array(z.string()),
        labTime: z.iso.datetime(),
        document: z.string(),
        pages: z.array(z.string()),
      }),
      problems: [],
      run: () => ({
        mailHost,
        domains: [...directory.domains].filter((domain) => domain !== mailHost || directory.domains.length === 1),
        labTime: new Date(parts.labTime()).toISOString(),
        document: '/api/v1/openapi.json',
        pages: ['/queue', '/faults'],
      }),
    }),
    route({
      method: 'GET',
      path: '/limits',
      tag: 'server',
      summary: 'The limits of this server, by the names of its variables',
      status: 200,
      answer: z.object({ limits: z.record(z.string(), z.union([z.number(), z.boolean()])) }),
      problems: [],
      run: () => ({ limits: { ...limits, WAITERS_MAX, WAIT_MS_MAX, FAULT_RULES_MAX, FAULT_DELAY_MS_MAX } }),
    }),
    route({
      method: 'POST',
      path: '/reset',
      tag: 'server',
      summary: 'Empties all mailboxes and the queue, and removes the faults; UIDs go on and are never given again',
      status: 200,
      answer: resetAnswer,
      problems: [],
      run: () => reset(parts),
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      tag: 'server',
      summary: 'This document: OpenAPI 3.1',
      status: 200,
      answer: z.record(z.string(), z.unknown()),
      problems: [],
      run: () => openApiDocument(mailHost, routes()),
    }),
  ];
}
