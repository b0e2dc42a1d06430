import { deletedColumn, type Column, type ColumnType, type Entity, entityKinds } from './entity.js'
import { changeTypeColumn } from './change-type.js'
import { requiredColumns } from './column-selection.js'
import { tenantFolder } from './delivery-path.js'

/** What a contract describes: the files that an entity has, as its newest delivery has them. */
export interface ContractSubject {
  readonly tenantId: string
  /** With the names of the columns that its files have, such as `code:string,score:number`. */
  readonly columns: string
  readonly sourceTypes: Readonly<Record<string, string>> | null
  /** Null if nothing was delivered yet. */
  readonly schemaVersion: number | null
}

/** Where tenants fetch their files. */
export interface ContractServer {
  readonly host: string
  readonly port: number
}

/** The types of ODCS. JSON is a string, since a value need not be an object. */
const logicalTypes: Record<ColumnType, object> = {
  string: { logicalType: 'string' },
  integer: { logicalType: 'integer' },
  number: { logicalType: 'number' },
  boolean: { logicalType: 'boolean' },
  datetime: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true, defaultTimezone: 'Etc/UTC' } },
  timestamp: { logicalType: 'timestamp', logicalTypeOptions: { timezone: false } },
  date: { logicalType: 'date' },
  time: { logicalType: 'time' },
  json: { logicalType: 'string', logicalTypeOptions: { format: 'json' } },
}

/**
 * The contract of an entity, in the form of the Open Data Contract Standard (v3.1.0). It says what a file has, and changes only with
 * `schemaVersion`, so it contains no times and no settings of a registration.
 */
export function entityContract(entity: Entity, subject: ContractSubject, server: ContractServer): object {
  const { tenantId, schemaVersion } = subject
  return {
    kind: 'DataContract',
    apiVersion: 'v3.1.0',
    id: `urn:tidemark:${tenantId}:${entity.name}`,
    name: entity.displayName,
    version: `${schemaVersion ?? 0}.0.0`,
    status: schemaVersion === null ? 'draft' : 'active',
    tenant: tenantId,
    ...tagsOf(entity),
    description: {
      purpose: entity.description,
      usage:
        'A full load replaces the table. A delta is merged by the key. The manifest of each day, datapackage.json, says which ' +
        'file is which, and names each file with its checksum.',
      limitations: limitationsOf(entity),
    },
    servers: [{ server: 'sftp', type: 'sftp', location: locationOf(entity, tenantId, server), format: 'csv' }],
    schema: [schemaOf(entity, subject)],
    customProperties: customProperties({
      entity: entity.name,
      schemaVersion,
      changeSemantics: 'upsert-by-key',
      manifest: `${tenantFolder(tenantId)}/YYYY/MM/DD/datapackage.json`,
    }),
  }
}

function limitationsOf({ tombstones }: Entity): string {
  const removed = 'A row that the source removes with SQL DELETE'
  return tombstones
    ? `${removed} comes with the next delta: only its key, the time and ${deletedColumn} have values.`
    : `${removed} is in no later file.`
}

/** Any day, any file part, and any compression or encryption, since they can change without a new schema version. */
function locationOf({ name }: Entity, tenantId: string, { host, port }: ContractServer): string {
  const address = host.includes(':') ? `[${host}]` : host
  return `sftp://${address}:${port}${tenantFolder(tenantId)}/*/*/*/${name}/${name}.*`
}

function schemaOf(entity: Entity, subject: ContractSubject): object {
  const names = new Set(namesAndTypes(subject).map(({ name }) => name))
  const present = (name: string): string | null => (names.has(name) ? name : null)
  return {
    name: entity.name,
    businessName: entity.displayName,
    logicalType: 'object',
    physicalType: 'file',
    description: entity.description,
    dataGranularityDescription: entityKinds[entity.kind],
    ...tagsOf(entity),
    properties: namesAndTypes(subject).map((column) => propertyOf(entity, subject, column)),
    customProperties: customProperties({
      versionColumn: present(entity.updatedAtColumn),
      deletedColumn: present(deletedColumn),
    }),
  }
}

interface NamedType {
  readonly name: string
  readonly type: ColumnType
}

function namesAndTypes({ columns }: ContractSubject): NamedType[] {
  return columns.split(',').map((column) => {
    const [name = '', type = 'string'] = column.split(':')
    return { name, type: type as ColumnType }
  })
}

function propertyOf(entity: Entity, { sourceTypes }: ContractSubject, { name, type }: NamedType): object {
  const column = [...entity.columns, changeTypeColumn].find((known) => known.name === name)
  const position = entity.key.indexOf(name) + 1
  const physicalType = sourceTypes?.[name]
  return {
    name,
    ...logicalTypes[type],
    ...(physicalType !== undefined && { physicalType }),
    ...(column && { description: column.description }),
    required: column !== undefined && isRequired(entity, column),
    ...(position > 0 && { primaryKey: true, primaryKeyPosition: position }),
    ...(position > 0 && entity.key.length === 1 && { unique: true }),
    ...(column && tagsOf(column)),
  }
}

/** The row of a record that the source has removed has only these columns. */
function isRequired(entity: Entity, column: Column): boolean {
  if (column.nullable) return false
  return entity.tombstones === undefined || requiredColumns(entity).includes(column.name)
}

function tagsOf({ tags = [] }: { readonly tags?: readonly string[] | undefined }): object {
  return tags.length > 0 ? { tags } : {}
}

function customProperties(values: Readonly<Record<string, string | number | null>>): object[] {
  return Object.entries(values).flatMap(([property, value]) => (value === null ? [] : [{ property, value }]))
}
