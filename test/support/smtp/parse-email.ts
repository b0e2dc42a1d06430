/** An email as a receiver reads it. */
export interface ParsedEmail {
  readonly raw: string
  /** By the name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Reads what the tests need of MIME: two parts, each in quoted-printable, base64 or as it is. */
export function parseEmail(raw: string): ParsedEmail {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts =
    boundary === undefined
      ? [raw]
      : body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => part.trimStart())
  const decoded = parts.map((part) => {
    const inner = split(part)
    return { type: inner.headers['content-type'] ?? '', content: decode(inner) }
  })
  const of = (type: string) => decoded.find((part) => part.type.startsWith(type))?.content ?? ''
  return { raw, headers, subject: headers['subject'] ?? '', text: of('text/plain'), html: of('text/html') }
}

/** The first link to that path. */
export function linkIn({ text }: Pick<ParsedEmail, 'text'>, path: string): string {
  const link = text.split(/\s+/).find((word) => word.includes(path))
  if (link === undefined) throw new Error(`The email has no link to ${path}: ${text}`)
  return link
}

interface Parts {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function split(text: string): Parts {
  const normal = text.replaceAll('\r\n', '\n')
  const end = normal.indexOf('\n\n')
  const lines = normal
    .slice(0, end)
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return { headers: Object.fromEntries(headers), body: normal.slice(end + 2) }
}

function decode({ headers, body }: Parts): string {
  const encoding = headers['content-transfer-encoding']?.toLowerCase()
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
