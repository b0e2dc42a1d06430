import { readFile } from 'node:fs/promises'
import { personalDataTag } from '../domain/column-selection.js'
import type { Catalog, Column, Entity } from '../domain/entity.js'
import { crossChecks } from './cross-checks.js'
import defaultCatalog from './default-catalog.json' with { type: 'json' }
import { tombstoneColumns } from '../domain/tombstones.js'
import { fileShape, type FileEntity } from './file-shape.js'

/** All problems of a catalog file together. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  constructor(
    readonly problems: readonly string[],
    source = 'The catalog',
  ) {
    super([`${source} is not usable:`, ...problems.map((problem) => `  - ${problem}`)].join('\n'))
  }
}

/**
 * Reads the catalog from an operator's JSON file, or the default one with its 26 entities.
 * Throws a {@link CatalogError} with every problem of a file that can't be read, parsed or used.
 */
export async function loadCatalog(file: string | undefined): Promise<Catalog> {
  if (file === undefined) return parseCatalog(defaultCatalog)
  return parseCatalog(await readJson(file), `The catalog ${file}`)
}

/** Checks a catalog in the file's format, or throws a {@link CatalogError}; `source` begins the error's message. */
export function parseCatalog(json: unknown, source?: string): Catalog {
  const shaped = fileShape.safeParse(json)
  const shapeProblems = shaped.error?.issues.map((issue) => `${pathOf(json, issue.path)}: ${issue.message}`) ?? []
  const problems = [...shapeProblems, ...crossChecks(json)]
  if (!shaped.success || problems.length > 0) throw new CatalogError(problems, source)
  return { entities: shaped.data.entities.map(toEntity) }
}

function toEntity({ table, tombstones, columns: inFile, ...entity }: FileEntity): Entity {
  const [own, deleted] = [table, tombstones === true ? `${table}_deleted` : tombstones].map(tableOf)
  if (!own) throw new Error('an entity without a table')
  const columns = inFile.map(toColumn)
  if (!deleted) return { ...entity, table: own, columns }
  // A row of a deleted record has its key alone.
  const filled = tombstoneColumns(entity)
  return {
    ...entity,
    table: own,
    tombstones: deleted,
    columns: columns.map((column) => (filled.has(column.name) ? column : { ...column, nullable: true })),
  }
}

function toColumn({ pii, ...column }: FileEntity['columns'][number]): Column {
  return pii ? { ...column, tags: [...new Set([personalDataTag, ...(column.tags ?? [])])] } : column
}

function tableOf(text: string | false): Entity['table'] | undefined {
  if (text === false) return undefined
  const [schema = '', name = ''] = text.split('.')
  return { schema, name }
}

/** `entities[2] (feed).columns[0].type`: a path that a reader of the file can follow. */
function pathOf(json: unknown, path: readonly PropertyKey[]): string {
  let value = json
  let text = ''
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown>)[key]
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`
    if (typeof key === 'number') text += nameOf(value)
  }
  return text === '' ? 'the file' : text
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const named = value as { displayName?: unknown; name?: unknown }
  const name = named.displayName ?? named.name
  return typeof name === 'string' && name !== '' ? ` (${name})` : ''
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new CatalogError([(error as Error).message], `The catalog ${file}`)
  }
}
