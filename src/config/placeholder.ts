/** Whether a secret is one that an example has, so that everybody knows it. */
export function isPlaceholder(secret: string): boolean {
  return /^(?:change[-_ ]?(?:me|it).*|<.*>|…|\.{3}|\*+)$/i.test(secret.trim())
}
