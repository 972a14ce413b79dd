/** An octet as two hexadecimal digits. @param {number} octet */
export function hexOf(octet) {
  return octet.toString(16).padStart(2, '0');
}
