import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Html, html } from '../html.ts';

test('text in a template is escaped, and HTML in it stands as it is', () => {
  const inner = html`<b>${'a < b'}</b>`;
  expect(html`<p title="${'"'}">${inner}${7}${null}</p>`.text).toBe('<p title="&#34;"><b>a &#60; b</b>7</p>');
});

test('several pieces stand in lines of their own', () => {
  expect(html`<ul>${['one', '&'].map((text) => html`<li>${text}</li>`)}</ul>`.text).toBe(
    '<ul><li>one</li>\n<li>&#38;</li></ul>',
  );
  expect(html`${[]}`.text).toBe('');
});

test('whatever a person typed, the page has the elements that it was written with', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const { text } = html`<p id="${one}">${new Html('<br>')}${other}</p>`;
      expect(text.match(/[<>"]/g)?.join('')).toBe('<""><><>');
    }),
  );
});
