import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml } from '../escape-html.ts';

test('what a person typed cannot leave its place in the page', () => {
  expect(escapeHtml(`<b title="x">'&`)).toBe('&#60;b title=&#34;x&#34;&#62;&#39;&#38;');
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(escapeHtml(text).replace(/&#\d+;/g, '')).not.toMatch(/[&<>"']/);
    }),
  );
});
