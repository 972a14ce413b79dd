import { type ZodObject, type ZodType, z } from 'zod';
import { problemAnswer } from './answers.ts';
import type { Route } from './route.ts';

/** The paths of the API begin with this. */
export const API_PATH = '/api/v1';

/** What the API can do, as OpenAPI 3.1 says it: made of the schemas that check what comes in. */
export function openApiDocument(mailHost: string, routes: readonly Route[]): Record<string, unknown> {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: `Mail at ${mailHost}`,
      version: '1',
      description: 'The mail server of a domain of the lab, for engineers: docs/mail-for-engineers.md',
    },
    servers: [{ url: API_PATH }],
    paths: Object.fromEntries(
      [...paths].map(([path, members]) => [
        path === '' ? '/' : path,
        Object.fromEntries(members.map((route) => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    components: { schemas: { Problem: schemaOf(problemAnswer, 'output') } },
  };
}

function operation(route: Route): Record<string, unknown> {
  const { method, path, tag, summary, params, query, problems } = route;
  const words = path
    .replace(/[{}]/g, '')
    .split('/')
    .filter((word) => word !== '');
  const body = requestBody(route);
  return {
    operationId: [method.toLowerCase(), ...words].join('-').replaceAll('.', '-'),
    tags: [tag],
    summary,
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body === null ? {} : { requestBody: body }),
    responses: {
      [route.status]: { description: summary, content: answerContent(route) },
      ...Object.fromEntries(
        [400, 403, ...(body === null ? [] : [415]), ...problems].map((status) => [status, problem(status)]),
      ),
    },
  };
}

function requestBody({ body, consumes }: Route): object | null {
  if (body === undefined) return null;
  if (consumes !== undefined)
    return { required: true, content: { [consumes]: { schema: { type: 'string', format: 'binary' } } } };
  return { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function answerContent({ answer, produces }: Route): object {
  if (answer === undefined) return { [produces ?? '*/*']: { schema: { type: 'string', format: 'binary' } } };
  return { 'application/json': { schema: schemaOf(answer, 'output') } };
}

function problem(status: number): object {
  const schema = { $ref: '#/components/schemas/Problem' };
  const description = status === 403 ? 'A page of elsewhere asks' : 'See detail';
  return { description, content: { 'application/problem+json': { schema } } };
}

function parameters(schema: ZodObject | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function schemaOf(schema: ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
