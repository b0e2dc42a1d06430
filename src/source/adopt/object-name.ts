import { createHash } from 'node:crypto'

/** Postgres cuts names off after this many bytes. */
export const mostNameBytes = 63

const hashLength = 8

/** The name of an index or a constraint of a table: the same in each attempt, and unlike that of any other table. */
export function objectName(table: string, suffix: string): string {
  const name = `${table}_${suffix}`
  if (Buffer.byteLength(name) <= mostNameBytes) return name
  const hash = createHash('sha256').update(table).digest('hex').slice(0, hashLength)
  const room = mostNameBytes - hash.length - suffix.length - 2
  const begin = Buffer.from(table).subarray(0, room).toString('utf8').replaceAll('\uFFFD', '')
  return `${begin}_${hash}_${suffix}`
}
