/**
 * A new element. Text is set as text, never as HTML: what a report says comes from anybody.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(string | Node)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className = '', ...children) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/**
 * A new element with what a program of the lab says of itself, which is English on every page: fonts, hyphens and screen readers
 * are told.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} [said]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function inEnglish(tag, className, said = '') {
  const made = element(tag, className, said);
  made.lang = 'en';
  return made;
}

/**
 * The element of the shell with this id, of this class.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no #${id}`);
}
