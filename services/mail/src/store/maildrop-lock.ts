/** The exclusive lock of a POP3 session on a mailbox: RFC 1939, section 4. */
export class MaildropLock {
  #isHeld = false;

  /** What releases it, or null while another session has it. */
  take(): (() => void) | null {
    if (this.#isHeld) return null;
    this.#isHeld = true;
    let isOurs = true;
    return () => {
      if (isOurs) this.#isHeld = false;
      isOurs = false;
    };
  }
}
