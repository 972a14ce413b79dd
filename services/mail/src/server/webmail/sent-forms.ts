/** Forms of one session that are remembered. */
const FORMS_MAX = 20;

/** The letters of a session that went out: a form that comes twice, by a double click, is one letter. */
export class SentForms {
  readonly #pages = new Map<string, Promise<string | null>>();

  /**
   * @param digest tells one form from all others.
   * @param send gives the page that tells of the letter; null when it was not sent, so that the form may come again.
   * @returns that page, also when the letter had gone out before
   */
  async once(digest: string, send: () => Promise<string | null>): Promise<string | null> {
    const before = this.#pages.get(digest);
    const page = before === undefined ? null : await before.catch(() => null);
    if (page !== null) return page;
    if (this.#pages.size >= FORMS_MAX) this.#pages.delete(this.#pages.keys().next().value ?? '');
    const sending = send();
    this.#pages.set(digest, sending);
    return sending;
  }
}
