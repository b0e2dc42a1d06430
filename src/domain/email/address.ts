/** The length of an address in an SMTP command (RFC 5321). */
const mostCharacters = 254
const mostLocal = 64

/** A dot-atom without quotes, and without the characters that old servers read as a route. */
const localForm = /^[A-Za-z0-9#$&'*+/=?^_{|}~-]+$/
const labelForm = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const lastLabelForm = /^(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,58}[A-Za-z0-9])$/

/**
 * An address of ASCII characters with a full domain name, such as `ana@example.com`, with the domain in lower case. It has no
 * quotes, comments, line ends or IP addresses, so that it has the same meaning in a header, in an SMTP command and in a page.
 * Undefined if the text is none.
 */
export function parseEmailAddress(text: string): string | undefined {
  if (text.length > mostCharacters + 2) return undefined
  const given = text.trim()
  const at = given.lastIndexOf('@')
  if (at < 1 || at > mostLocal || given.length > mostCharacters) return undefined
  const [local, domain] = [given.slice(0, at), given.slice(at + 1)]
  return isLocal(local) && isDomain(domain) ? `${local}@${domain.toLowerCase()}` : undefined
}

function isLocal(local: string): boolean {
  return local.split('.').every((atom) => localForm.test(atom))
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.')
  return labels.length > 1 && labels.every((label) => labelForm.test(label)) && lastLabelForm.test(labels.at(-1) ?? '')
}

/** Two addresses with the same key reach the same mailbox on most servers: `Ana+x@example.com` and `ana@example.com`. */
export function mailboxKey(address: string): string {
  const lower = address.toLowerCase()
  const at = lower.lastIndexOf('@')
  const [local = ''] = lower.slice(0, at).split('+')
  return `${local}${lower.slice(at)}`
}

/** The address for places that keep it longer than the recipient, such as the audit log: `a…@example.com`. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1)}…${address.slice(at)}`
}
