import type { Readable } from 'node:stream';
import type { output, ZodObject, ZodType } from 'zod';

/** What a client asks, checked. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The address that the request came from. */
  readonly client: string;
  /** Aborts when the client went away. */
  readonly gone: AbortSignal;
}

/** An answer that is no JSON. */
export class Octets {
  readonly type: string;
  readonly pieces: Readable;
  readonly fields: Readonly<Record<string, string>>;

  constructor(type: string, pieces: Readable, fields: Readonly<Record<string, string>> = {}) {
    this.type = type;
    this.pieces = pieces;
    this.fields = fields;
  }
}

/** One operation of the API: what serves it, and what the OpenAPI document says of it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api/v1, with parameters as OpenAPI writes them: `/messages/{id}`. */
  readonly path: string;
  /** Groups operations in the document. */
  readonly tag: 'mailboxes' | 'messages' | 'queue' | 'faults' | 'server';
  readonly summary: string;
  readonly params?: ZodObject | undefined;
  readonly query?: ZodObject | undefined;
  readonly body?: ZodType | undefined;
  /** Media types of a body that is taken as a stream, in place of JSON. */
  readonly consumes?: string | undefined;
  readonly status: 200 | 202;
  /** What is answered; absent when it is no JSON. */
  readonly answer?: ZodType | undefined;
  readonly produces?: string | undefined;
  /** Statuses of the problems that may be answered. */
  readonly problems: readonly number[];
  run(asked: Asked<never, never, never>): Promise<unknown> | unknown;
}

type Output<Schema> = Schema extends ZodType ? output<Schema> : undefined;

type Definition<Params, Query, Body, Answer> = Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'run'> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  run(
    asked: Asked<Output<Params>, Output<Query>, Output<Body>>,
  ): Answer extends ZodType ? Promise<output<Answer>> | output<Answer> : Promise<Octets> | Octets;
};

/** A route whose `run` gets what its schemas let through, and gives what its schema says. */
export function route<
  Params extends ZodObject | undefined = undefined,
  Query extends ZodObject | undefined = undefined,
  Body extends ZodType | undefined = undefined,
  Answer extends ZodType | undefined = undefined,
>(definition: Definition<Params, Query, Body, Answer>): Route {
  return definition as unknown as Route;
}
