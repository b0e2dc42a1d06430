import { createHash } from 'node:crypto'
import { dayFolder, isoDay, manifestPath } from '../domain/delivery-path.js'
import type { StoredDay, StoredFile, StoredIndex, StoredManifest } from '../domain/ledger-gap.js'

/** Another program may have written what is read here, so it is taken over only if every part of it is as Tidemark writes it. */

type Fields = Readonly<Record<string, unknown>>

/** Larger numbers could exhaust the columns of the ledger. */
const highest = 1_000_000_000

/** Undefined if it is not an index of the tenant. */
export function parseStoredIndex(tenantId: string, content: Buffer, signedBy: string | null): StoredIndex | undefined {
  return parsed(() => {
    const index = fieldsOf(JSON.parse(content.toString()))
    require(index['version'] === 1 && index['tenantId'] === tenantId)
    return {
      ...{ revision: numberOf(index['revision']), lastChange: numberOf(index['lastChange'], 0) },
      ...{ bytes: content.length, sha256: sha256Of(content), signedBy },
      files: Object.entries(fieldsOf(index['entities'])).map(([entity, file]) => newestOf(tenantId, entity, file)),
      days: listOf(index['days']).map((day) => dayOf(tenantId, day)),
    }
  })
}

/** Undefined if it is not the manifest of that day. */
export function parseStoredManifest(tenantId: string, day: Date, content: Buffer): StoredManifest | undefined {
  return parsed(() => {
    const manifest = fieldsOf(JSON.parse(content.toString()))
    require(manifest['tenantId'] === tenantId && manifest['day'] === isoDay(day))
    return {
      ...{ revision: numberOf(manifest['revision']), publishedAt: timeOf(manifest['created']) },
      ...{ bytes: content.length, sha256: sha256Of(content) },
      files: listOf(manifest['resources']).map((resource) => fileOf(tenantId, day, resource)),
    }
  })
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function newestOf(tenantId: string, entity: string, given: unknown): StoredFile {
  const file = fieldsOf(given)
  const day = dateOf(file['day'])
  requireWithin(file['path'], dayFolder(tenantId, day))
  return { entity: nameOf(entity), day, ...placeOf(file) }
}

function fileOf(tenantId: string, day: Date, given: unknown): StoredFile {
  const file = fieldsOf(given)
  requireWithin(`${dayFolder(tenantId, day)}/${String(file['path'])}`, dayFolder(tenantId, day))
  return { entity: nameOf(file['entity']), day, ...placeOf(file) }
}

function placeOf(file: Fields): Pick<StoredFile, 'sequence' | 'revision' | 'schemaVersion'> {
  return {
    sequence: numberOf(file['sequence']),
    revision: numberOf(file['revision']),
    schemaVersion: numberOf(file['schemaVersion']),
  }
}

function dayOf(tenantId: string, given: unknown): StoredDay {
  const entry = fieldsOf(given)
  const day = dateOf(entry['day'])
  require(entry['manifest'] === manifestPath(tenantId, day))
  const { bytes, sha256, publishedAt } = entry
  require(sha256 === null || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)))
  return {
    ...{ day, revision: numberOf(entry['revision']), change: numberOf(entry['change']) },
    ...{ bytes: bytes === null ? null : numberOf(bytes), sha256: sha256 as string | null },
    ...{ publishedAt: publishedAt === null ? null : timeOf(publishedAt), isRemoved: entry['removed'] === true },
  }
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Malformed) return undefined
    throw error
  }
}

class Malformed extends Error {}

function require(isTrue: boolean): void {
  if (!isTrue) throw new Malformed()
}

function fieldsOf(given: unknown): Fields {
  require(typeof given === 'object' && given !== null && !Array.isArray(given))
  return given as Fields
}

function listOf(given: unknown): readonly unknown[] {
  require(Array.isArray(given))
  return given as readonly unknown[]
}

function numberOf(given: unknown, least = 1): number {
  require(Number.isSafeInteger(given) && Number(given) >= least && Number(given) <= highest)
  return Number(given)
}

function nameOf(given: unknown): string {
  require(typeof given === 'string' && /^[a-z][a-z0-9_]{0,62}$/.test(given))
  return given as string
}

function dateOf(given: unknown): Date {
  const day = new Date(`${String(given)}T00:00:00Z`)
  require(!Number.isNaN(day.getTime()) && isoDay(day) === given)
  return day
}

function timeOf(given: unknown): Date {
  const time = new Date(String(given))
  require(!Number.isNaN(time.getTime()))
  return time
}

function requireWithin(path: unknown, folder: string): void {
  require(typeof path === 'string' && path.startsWith(`${folder}/`) && !path.split('/').includes('..'))
}
