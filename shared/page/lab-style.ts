/**
 * What the lab's own pages share, before each page's style sheet: calm colours for a light and a dark room, which tell something or
 * are not there, and fonts with Korean in them. A site of the lab (a school, a shop) looks like itself.
 */
export const LAB_STYLE = `:root {
  color-scheme: light dark;
  --page: light-dark(#f4f2ed, #101418);
  --panel: light-dark(#fffefb, #171c22);
  --raised: light-dark(#f1eee6, #202730);
  --line: light-dark(#ddd8cc, #2d3641);
  --text: light-dark(#1b2027, #e9edf2);
  --dim: light-dark(#565d66, #a3adb9);
  --accent: light-dark(#1f4e79, #8cc4ff);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK KR", monospace;
  --sans: system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK KR", sans-serif;
}

/* Korean words are not broken between their syllables. */
:lang(ko) {
  word-break: keep-all;
}
`;
