import { expect, test } from 'vitest';
import { languageLinks } from '../language-links.ts';

test('each language has a link back to the page, under its own name, and the present one is marked', () => {
  expect(languageLinks('/explain', 'ko')).toBe(
    '<a href="/explain?language=en" lang="en" hreflang="en">English</a>' +
      '<a href="/explain?language=ko" lang="ko" hreflang="ko" aria-current="true">한국어</a>',
  );
});
