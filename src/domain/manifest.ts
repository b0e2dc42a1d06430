import { changeTypeColumn } from './change-type.js'
import { dayFolder, isoDay } from './delivery-path.js'
import { type Delivery, filesOf } from './delivery.js'
import type { FileEncryption } from './encryption.js'
import { type Catalog, type ColumnType, type Entity, findEntity } from './entity.js'
import { delimiterCharacters } from './file-format.js'
import { loadingOf } from './manifest-loading.js'

/**
 * A field's type in Table Schema. JSON is text of that media type, since the type `object` takes no arrays and no bare values.
 * Times have the format `any`, since the default format has no fractions.
 */
const fieldTypes: Record<ColumnType, object> = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  datetime: { type: 'datetime', format: 'any' },
  timestamp: { type: 'datetime', format: 'any' },
  date: { type: 'date' },
  time: { type: 'time', format: 'any' },
  json: { type: 'string', mediaType: 'application/json' },
}

/** The profiles of Data Package v2, which `$schema` names at each level. */
const profile = (name: string): string => `https://datapackage.org/profiles/2.0/${name}.json`

/**
 * The day's manifest as a Data Package (v2). Readers of v1 find `profile`, which v2 has replaced by `$schema` and `type`. Each
 * resource also has our own `rows`, `mode`, `window`, `revision`, `sequence`, `previous`, `schemaVersion` and `redelivered`, and a
 * file part has `part` and `parts`. An encrypted file has `encryption`. `tidemark` says how to load the file. The same files give
 * the same manifest. Paths are relative to its folder.
 */
export function dataPackage(
  catalog: Catalog,
  tenantId: string,
  manifest: { day: Date; revision: number },
  files: readonly Delivery[],
  dialect: { lineEnd: '\n' | '\r\n' },
): object {
  return {
    $schema: profile('datapackage'),
    profile: 'tabular-data-package',
    // Data Package names have no upper case.
    name: `${tenantId}-${isoDay(manifest.day)}`.toLowerCase().replaceAll('_', '-'),
    title: `Exports of ${tenantId} on ${isoDay(manifest.day)}`,
    tenantId,
    day: isoDay(manifest.day),
    revision: manifest.revision,
    created: latest(files.map((file) => file.publishedAt)).toISOString(),
    resources: files.flatMap((file) => resources(catalog, tenantId, file, dialect)),
  }
}

/** One resource for each file. A file part has the name of its entity with its number. */
function resources(catalog: Catalog, tenantId: string, delivery: Delivery, dialect: { lineEnd: string }): object[] {
  return filesOf(delivery).map((file, index, { length }) => ({
    ...resource(catalog, tenantId, { ...delivery, ...file }, dialect),
    ...(delivery.parts && {
      name: `${resourceName(delivery)}-${String(index + 1).padStart(4, '0')}`,
      part: index + 1,
      parts: length,
    }),
  }))
}

const resourceName = ({ entity }: Delivery): string => entity.replaceAll('_', '-')

/** The compressions in the words of Frictionless, and their media types. */
const compressed = {
  NONE: { mediatype: 'text/csv' },
  GZIP: { compression: 'gz', mediatype: 'application/gzip' },
  ZSTD: { compression: 'zst', mediatype: 'application/zstd' },
} as const

/** Of an encrypted file, `bytes` and `hash` are those of the file on the server, and `content` is what decrypting it gives. */
function encrypted({ content, format }: Delivery, { recipients, signedBy }: FileEncryption): object {
  return {
    mediatype: 'application/pgp-encrypted',
    encryption: {
      type: 'pgp',
      recipients,
      signedBy,
      content: { ...compressed[format.compression], bytes: content?.bytes, hash: `sha256:${content?.sha256}` },
    },
  }
}

function resource(catalog: Catalog, tenantId: string, file: Delivery, dialect: { lineEnd: string }): object {
  const entity = findEntity(catalog, file.entity)
  return {
    $schema: profile('dataresource'),
    profile: 'tabular-data-resource',
    name: resourceName(file),
    type: 'table',
    ...(entity && { title: entity.displayName, description: entity.description }),
    path: file.path.slice(dayFolder(tenantId, file.day).length + 1),
    format: 'csv',
    ...(file.encryption ? encrypted(file, file.encryption) : compressed[file.format.compression]),
    encoding: 'utf-8',
    bytes: file.bytes,
    hash: `sha256:${file.sha256}`,
    dialect: {
      $schema: profile('tabledialect'),
      delimiter: delimiterCharacters[file.format.delimiter],
      lineTerminator: dialect.lineEnd,
      quoteChar: '"',
      doubleQuote: true,
      header: true,
    },
    ...(file.format.escapeFormulas && { escapedFormulas: true }),
    schema: {
      $schema: profile('tableschema'),
      fields: fields(catalog, file),
      missingValues: [''],
      ...primaryKey(entity, file),
    },
    entity: file.entity,
    rows: file.rows,
    mode: file.load.mode === 'FULL' ? 'full' : 'delta',
    ...(file.load.mode === 'FULL' && { fullLoadReason: file.load.reason.toLowerCase() }),
    window: {
      from: file.load.mode === 'FULL' ? null : file.load.from.toISOString(),
      to: file.to.toISOString(),
    },
    revision: file.revision,
    sequence: file.sequence,
    previous: file.load.mode === 'FULL' ? null : file.load.previous,
    schemaVersion: file.schemaVersion,
    redelivered: file.redelivered,
    publishedAt: file.publishedAt.toISOString(),
    tidemark: loadingOf(entity, file),
  }
}

/** The columns of the file, with the descriptions that the catalog still has. */
function fields(catalog: Catalog, file: Delivery): object[] {
  const columns = [
    ...(findEntity(catalog, file.entity)?.columns ?? []),
    ...(file.format.changeType ? [changeTypeColumn] : []),
  ]
  const known = new Map(columns.map((column) => [column.name, column]))
  return file.columns.split(',').map((column) => {
    const [name = '', type = 'string'] = column.split(':')
    // Not for text: validators take the empty string for a missing value, but only NULL is one.
    const required = type !== 'string' && type !== 'json' && known.get(name)?.nullable === false
    const isIrregular = file.irregular.includes(name)
    return {
      name,
      ...(isIrregular ? { type: 'string', irregular: true } : fieldTypes[type as ColumnType]),
      ...sourceType(file.sourceTypes?.[name]),
      description: known.get(name)?.description ?? '',
      ...(required && { constraints: { required: true } }),
    }
  })
}

/** The type of the source, and of a `numeric(12,2)` its precision and scale. */
function sourceType(name: string | undefined): object {
  if (name === undefined) return {}
  const [, precision, scale = '0'] = /^numeric\((\d+)(?:,(-?\d+))?\)$/.exec(name) ?? []
  return { sourceType: name, ...(precision !== undefined && { precision: Number(precision), scale: Number(scale) }) }
}

/** Left out if the file lacks a column of the key, since a key must name existing fields. */
function primaryKey(entity: Entity | undefined, file: Delivery): object {
  const names = new Set(file.columns.split(',').map((column) => column.split(':')[0]))
  return entity?.key.every((name) => names.has(name)) ? { primaryKey: entity.key } : {}
}

function latest(times: readonly Date[]): Date {
  return new Date(Math.max(0, ...times.map((time) => time.getTime())))
}
