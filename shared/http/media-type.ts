/** The media type of a Content-Type field value without its parameters, in lower case: `text/html` (RFC 9110, section 8.3.1). */
export function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
