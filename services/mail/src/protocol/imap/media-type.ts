/** Content-Type and Content-Disposition as BODYSTRUCTURE tells them, parameters as they were written: RFC 2045, section 5.1; RFC 2183. */
import { FieldLexer, fieldSyntax } from './field-lexer.ts';

export interface FieldWithParameters {
  /** `text/plain`, `attachment`, in lower case; '' when there is none. */
  readonly value: string;
  /** Names in lower case, in the order of the field. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const SYNTAX = fieldSyntax(';=/,<>@:[]?');
/** Parameters of one field that are told. */
const PARAMETERS_MAX = 100;
const TOKEN = /^[!#$%&'*+.^_`{|}~0-9A-Za-z-]+$/;

export function parseFieldWithParameters(text: string): FieldWithParameters {
  const lexer = new FieldLexer(text, SYNTAX);
  let value = lexer.peek() === 'a' ? lexer.word().toLowerCase() : '';
  if (lexer.skip('/') && lexer.peek() === 'a') value += `/${lexer.word().toLowerCase()}`;
  const parameters: [string, string][] = [];
  while (lexer.peek() !== '' && parameters.length < PARAMETERS_MAX) {
    if (!lexer.skip(';')) {
      lexer.word();
      continue;
    }
    if (lexer.peek() !== 'a') continue;
    const name = lexer.word().toLowerCase();
    if (lexer.skip('=')) parameters.push([name, readValue(lexer)]);
  }
  return { value, parameters };
}

/** Values with specials should be quoted and often are not: they go on to the next semicolon. */
function readValue(lexer: FieldLexer): string {
  if (lexer.peek() === '"') return lexer.word();
  let value = '';
  while (!['', ';', '"'].includes(lexer.peek())) value += lexer.word();
  return value;
}

/** Whether `type/subtype` has the form that RFC 2045, section 5.1, wants; what has not is text/plain (section 5.2). */
export function isMediaType(value: string): boolean {
  const [type = '', subtype = '', ...rest] = value.split('/');
  return rest.length === 0 && TOKEN.test(type) && TOKEN.test(subtype);
}
