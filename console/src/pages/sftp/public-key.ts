/** The line of a `.pub` file, as far as the page reads it. Whether the key is accepted is decided by the API. */

const longestLabel = 100

/** A `.pub` file is small. What is larger is another file, which the page doesn't read. */
export const largestKeyFile = 64 * 1024

/** The text of a file. PowerShell writes UTF-16 with a mark of the order of bytes. */
export function decodeKeyFile(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

/** The key in a text: without empty lines, and without the blanks around it. */
export function keyLineOf(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
}

/** The comment of a key, as a label: `ssh-ed25519 AAAA… warehouse loader` gives `warehouse loader`. Empty if it has none. */
export function labelFromKey(text: string): string {
  const [line = ''] = keyLineOf(text).split('\n')
  const comment = /^\S+[ \t]+[A-Za-z0-9+/=]{16,}[ \t]+(.+)$/.exec(line)?.[1] ?? ''
  return comment
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, longestLabel)
}

/** A message of the API for a field of the form: it begins with the name of the argument, which the form calls otherwise. */
export function fieldMessage(message: string): string {
  return message.replace(/^publicKey\b( or label)?/, 'The key').replace(/^label\b/, 'The label')
}
