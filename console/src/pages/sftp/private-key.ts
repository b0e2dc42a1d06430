/** Finds private keys in what is pasted or dropped, so that they never leave the page. */

export type PrivateKeyKind = 'PUTTY' | 'OPENSSH' | 'PEM'

/** The start of the body in OpenSSH's format, `openssh-key-v1`, in base64: for a key without its header. */
const opensshBody = 'b3blbnnzac1rzxktdj'

/** What kind of private key a text contains. Undefined if it contains none. */
export function privateKeyIn(text: string): PrivateKeyKind | undefined {
  // A file in UTF-16 that was read as another encoding has a zero after each letter.
  const plain = text.replaceAll('\0', '').toLowerCase()
  const words = plain.replaceAll(/\s+/g, ' ')
  if (words.includes('putty-user-key-file') || /\bprivate-(lines|mac|hash):/.test(words)) return 'PUTTY'
  const body = plain.replaceAll(/\s+/g, '')
  if (body.includes(opensshBody) || words.includes('begin openssh private key')) return 'OPENSSH'
  return hasPemHeader(words) ? 'PEM' : undefined
}

/** `BEGIN PRIVATE KEY`, also with a kind in between: `RSA `, `ENCRYPTED `, `SSH2 ENCRYPTED `. */
function hasPemHeader(words: string): boolean {
  const end = 'private key'
  for (let at = words.indexOf(end); at >= 0; at = words.indexOf(end, at + end.length)) {
    if (/begin [a-z0-9 ]{0,40}$/.test(words.slice(Math.max(0, at - 46), at))) return true
  }
  return false
}
