/** Whether a text contains a private key, so that it never leaves the page. */
export function hasPrivatePgpKey(text: string): boolean {
  return /begin pgp (private|secret) key|private key/i.test(text.replaceAll('\0', '').replaceAll(/\s+/g, ' '))
}
