/** What the logger writes. */
interface LogLine {
  readonly time: string
  readonly level: string
  readonly msg?: string
  readonly [field: string]: unknown
}

/** A JSON line of the log as a line for people: the time, the level, the message, and then the other fields. */
export function readableLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as LogLine
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`)
  return `${[time.slice(11, 23), level.toUpperCase().padEnd(5), msg ?? '', ...rest].join(' ')}\n`
}

/** Text without blanks and quotes is shown as it is, everything else as JSON. */
function shown(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}
