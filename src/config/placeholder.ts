/** Whether a secret is a publicly known value from an example. */
export function isPlaceholder(secret: string): boolean {
  return /^(?:change[-_ ]?(?:me|it).*|<.*>|…|\.{3}|\*+)$/i.test(secret.trim())
}
