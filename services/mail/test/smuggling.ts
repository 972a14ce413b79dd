/**
 * SMTP smuggling (CVE-2023-51764): what stands for the end of the mail data at one server and not at another, by name. Only
 * CRLF, full stop, CRLF is the end (RFC 5321, section 4.1.1.4).
 */
export const SMUGGLING_ENDINGS: readonly (readonly [string, string])[] = [
  ['LF . LF', '\n.\n'],
  ['LF . CRLF', '\n.\r\n'],
  ['CRLF . LF', '\r\n.\n'],
  ['CR CRLF . CR CRLF', '\r\r\n.\r\r\n'],
  ['CR . CR', '\r.\r'],
  ['CR . CRLF', '\r.\r\n'],
  ['CRLF . CR', '\r\n.\r'],
  ['NUL before the full stop', '\r\n\0.\r\n'],
  ['NUL after the full stop', '\r\n.\0\r\n'],
];
