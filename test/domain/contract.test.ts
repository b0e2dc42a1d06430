import { expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { entityContract } from '../../src/domain/contract.js'
import { columnsFingerprint, type Entity } from '../../src/domain/entity.js'
import { anEntity } from '../support/world/builders.js'

const server = { host: 'sftp.example.com', port: 2222 }
const entity: Entity = {
  ...anEntity('user logins', { name: 'user_login_events', description: 'Attempts to sign in.', key: ['code'] }),
  tags: ['usage'],
  columns: [
    { name: 'code', type: 'string', description: 'Which.', nullable: false },
    { name: 'score', type: 'number', description: 'How much.', nullable: true, tags: ['pii'] },
    { name: 'data', type: 'json', description: 'What else.', nullable: false },
    { name: 'updated_at', type: 'datetime', description: 'When.', nullable: false },
  ],
}

interface Contract {
  readonly schema: readonly { readonly properties: readonly Record<string, unknown>[] }[]
  readonly [name: string]: unknown
}

function contractOf(of: Entity, columns = columnsFingerprint(of), schemaVersion: number | null = 3): Contract {
  const sourceTypes = { score: 'numeric(12,2)' }
  return entityContract(of, { tenantId: 'acme', columns, sourceTypes, schemaVersion }, server) as Contract
}

test('a contract has the header of the Open Data Contract Standard and the version of the columns', () => {
  expect(contractOf(entity)).toMatchObject({
    kind: 'DataContract',
    apiVersion: 'v3.1.0',
    id: 'urn:tidemark:acme:user_login_events',
    name: 'user logins',
    version: '3.0.0',
    status: 'active',
    tenant: 'acme',
    tags: ['usage'],
    servers: [
      {
        ...{ server: 'sftp', type: 'sftp', format: 'csv' },
        location: 'sftp://sftp.example.com:2222/exports/acme/*/*/*/user_login_events/user_login_events.*',
      },
    ],
  })
})

test('a contract describes each column of the file with its types, its key and its tags', () => {
  expect(contractOf(entity).schema).toMatchObject([
    {
      name: 'user_login_events',
      businessName: 'user logins',
      properties: [
        { name: 'code', logicalType: 'string', required: true, primaryKey: true, primaryKeyPosition: 1, unique: true },
        { name: 'score', logicalType: 'number', physicalType: 'numeric(12,2)', required: false, tags: ['pii'] },
        { name: 'data', logicalType: 'string', logicalTypeOptions: { format: 'json' }, required: true },
        { name: 'updated_at', logicalType: 'timestamp', logicalTypeOptions: { timezone: true }, description: 'When.' },
      ],
      customProperties: [{ property: 'versionColumn', value: 'updated_at' }],
    },
  ])
})

test('a contract has only the columns of the file, also those that the catalog no longer has', () => {
  const [schema] = contractOf(entity, 'code:string,gone:date').schema
  expect(schema?.properties.map(({ name, logicalType }) => [name, logicalType])).toEqual([
    ['code', 'string'],
    ['gone', 'date'],
  ])
})

test('a contract requires only what the row of a removed record has, if deltas report removals', () => {
  const tombstones = { schema: 's', name: 'tombstones' }
  const [schema] = contractOf({ ...entity, tombstones }).schema
  const required = schema?.properties.filter((property) => property['required'] === true)
  expect(required?.map(({ name }) => name)).toEqual(['code', 'updated_at'])
})

test('a contract is a draft before the first delivery', () => {
  expect(contractOf(entity, columnsFingerprint(entity), null)).toMatchObject({ status: 'draft', version: '0.0.0' })
})

test('a contract puts an IPv6 address of the server into brackets', () => {
  const subject = { tenantId: 'acme', columns: 'code:string', sourceTypes: null, schemaVersion: 1 }
  const { servers } = entityContract(entity, subject, { host: '::1', port: 22 }) as unknown as {
    servers: { location: string }[]
  }
  expect(servers[0]?.location).toMatch(/^sftp:\/\/\[::1\]:22\/exports\/acme/)
})

test('each entity of the catalog has a contract with properties that the standard knows', async () => {
  const known = new Set(
    ['name', 'logicalType', 'logicalTypeOptions', 'physicalType', 'description', 'required', 'primaryKey'].concat([
      ...['primaryKeyPosition', 'unique', 'tags'],
    ]),
  )
  const types = new Set(['string', 'date', 'timestamp', 'time', 'number', 'integer', 'boolean'])
  for (const each of (await loadCatalog(undefined)).entities) {
    const properties = contractOf(each).schema.flatMap((schema) => schema.properties)
    expect(properties).toHaveLength(each.columns.length)
    for (const property of properties) {
      expect(Object.keys(property).filter((name) => !known.has(name))).toEqual([])
      expect(types).toContain(property['logicalType'])
    }
  }
})
