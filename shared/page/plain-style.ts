import { LAB_STYLE } from './lab-style.ts';

/**
 * What a plain page of the lab begins with: one column of `--width`, which the page's own sheet says, with its name and a switch of
 * languages above it.
 */
export const PLAIN_STYLE = `${LAB_STYLE}
* {
  box-sizing: border-box;
}

body {
  margin: 0;
  background: var(--page);
  color: var(--text);
}

header,
main {
  max-width: var(--width);
  margin: 0 auto;
  padding: 0.7rem 1.2rem;
}

header {
  display: flex;
  justify-content: space-between;
  align-items: baseline;
}

a {
  color: var(--accent);
}

h1 {
  margin: 0;
  font-size: 1.25rem;
}

h1 span {
  font-weight: 400;
}

h1 a {
  color: inherit;
  text-decoration: none;
}

nav {
  display: flex;
  gap: 1rem;
}

nav a {
  color: var(--dim);
  text-decoration: none;
}

nav a[aria-current] {
  color: var(--text);
  font-weight: 600;
  text-decoration: underline 2px;
  text-underline-offset: 0.3em;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}
`;
