import { describe, expect, test } from 'vitest'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import { columnsFingerprint, type Entity } from '../../src/domain/entity.js'
import { dataPackage } from '../../src/domain/manifest.js'
import type { Delivery } from '../../src/domain/delivery.js'
import { deliveryPath } from '../../src/domain/delivery-path.js'
import { aCatalog, anEntity } from '../support/world/builders.js'

const everyType = anEntity('user logins', {
  name: 'user_login_events',
  description: 'Attempts to sign in.',
  key: ['tenant', 'code'],
  columns: [
    { name: 'tenant', type: 'string', description: 'Whose.', nullable: false },
    { name: 'code', type: 'integer', description: 'Which.', nullable: false },
    { name: 'score', type: 'number', description: 'How much.', nullable: true },
    { name: 'ok', type: 'boolean', description: 'Whether.', nullable: false },
    { name: 'at', type: 'datetime', description: 'When.', nullable: false },
    { name: 'on', type: 'date', description: 'On which day.', nullable: true },
    { name: 'data', type: 'json', description: 'What else.', nullable: false },
  ],
})

const day = new Date('2026-11-23T00:00:00Z')
const sha256 = 'ab'.repeat(32)

function aFile(entity: Entity, overrides: Partial<Delivery> = {}): Delivery {
  return {
    id: 'delivery-1',
    runId: 'run-1',
    tenantId: 'acme_corp',
    entity: entity.name,
    path: deliveryPath('acme_corp', entity.name, day),
    rows: 12,
    sourceRows: 12,
    irregular: [],
    sourceTypes: null,
    bytes: 3456,
    sha256,
    format: defaultFileFormat,
    encryption: null,
    parts: null,
    load: { mode: 'DELTA', from: new Date('2026-11-22T00:00:00Z'), fromSnapshot: '1:1:', previous: 4 },
    to: day,
    day,
    revision: 1,
    sequence: 5,
    schemaVersion: 2,
    redelivered: false,
    attempts: 1,
    columns: columnsFingerprint(entity),
    snapshot: '2:2:',
    systemIdentifier: '7000000000000000001',
    timeline: 1,
    publishedAt: new Date('2026-11-23T00:01:00Z'),
    removedAt: null,
    ...overrides,
  }
}

interface Package {
  resources: { schema: { fields: Record<string, unknown>[]; primaryKey?: string[] }; [name: string]: unknown }[]
  [name: string]: unknown
}

function packageOf(files: Delivery[], catalog = aCatalog(everyType), lineEnd: '\n' | '\r\n' = '\n'): Package {
  return dataPackage(catalog, 'acme_corp', { day, revision: 3 }, files, { lineEnd }) as Package
}

const resourceOf = (file: Delivery, catalog = aCatalog(everyType)) => packageOf([file], catalog).resources[0]!

describe('the manifest (promise 8)', () => {
  test('a manifest is a Data Package of the day, which readers of versions 1 and 2 recognize', () => {
    const later = aFile(everyType, { publishedAt: new Date('2026-11-23T08:00:00Z') })
    expect(packageOf([later, aFile(anEntity('user'))])).toMatchObject({
      $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
      profile: 'tabular-data-package',
      name: 'acme-corp-2026-11-23',
      title: 'Exports of acme_corp on 2026-11-23',
      tenantId: 'acme_corp',
      day: '2026-11-23',
      revision: 3,
      created: '2026-11-23T08:00:00.000Z',
      resources: [{ entity: 'user_login_events' }, { entity: 'user' }],
    })
  })

  test('a manifest has path, bytes, hash, schema, rows, mode, window and revision of every file', () => {
    expect(resourceOf(aFile(everyType, { revision: 2 }))).toEqual({
      $schema: 'https://datapackage.org/profiles/2.0/dataresource.json',
      profile: 'tabular-data-resource',
      name: 'user-login-events',
      type: 'table',
      title: 'user logins',
      description: 'Attempts to sign in.',
      path: 'user_login_events/user_login_events.csv',
      format: 'csv',
      mediatype: 'text/csv',
      encoding: 'utf-8',
      bytes: 3456,
      hash: `sha256:${sha256}`,
      dialect: {
        $schema: 'https://datapackage.org/profiles/2.0/tabledialect.json',
        ...{ delimiter: ',', lineTerminator: '\n', quoteChar: '"', doubleQuote: true, header: true },
      },
      schema: expect.objectContaining({
        $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
        ...{ missingValues: [''], primaryKey: ['tenant', 'code'] },
      }),
      entity: 'user_login_events',
      rows: 12,
      mode: 'delta',
      window: { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
      revision: 2,
      sequence: 5,
      previous: 4,
      schemaVersion: 2,
      redelivered: false,
      publishedAt: '2026-11-23T00:01:00.000Z',
      tidemark: expect.objectContaining({ version: 1, sequence: 5 }),
    })
  })

  test('a manifest has one resource for each file part, with its compression and delimiter', () => {
    const format = {
      ...defaultFileFormat,
      compression: 'GZIP' as const,
      delimiter: 'TAB' as const,
      maxPartMegabytes: 1,
    }
    const parts = [1, 2].map((number) => ({
      path: deliveryPath('acme_corp', everyType.name, day, format, number),
      rows: number,
      bytes: 100 * number,
      sha256: String(number).repeat(64),
    }))
    const { resources } = packageOf([aFile(everyType, { format, parts, rows: 3, bytes: 300 })])
    expect(resources).toMatchObject(
      parts.map(({ rows, bytes, sha256: hash }, index) => ({
        name: `user-login-events-000${index + 1}`,
        path: `user_login_events/user_login_events.000${index + 1}.csv.gz`,
        format: 'csv',
        compression: 'gz',
        mediatype: 'application/gzip',
        dialect: { delimiter: '\t' },
        ...{ rows, bytes, hash: `sha256:${hash}` },
        part: index + 1,
        parts: 2,
        sequence: 5,
      })),
    )
    expect(new Set(resources.map(({ name }) => name)).size).toBe(2)
  })

  test('a manifest has the column types of Table Schema', () => {
    const bare = resourceOf(aFile(everyType)).schema.fields.map((field) =>
      Object.fromEntries(Object.entries(field).filter(([name]) => !['description', 'constraints'].includes(name))),
    )
    expect(bare).toEqual([
      { name: 'tenant', type: 'string' },
      { name: 'code', type: 'integer' },
      { name: 'score', type: 'number' },
      { name: 'ok', type: 'boolean' },
      { name: 'at', type: 'datetime', format: 'any' },
      { name: 'on', type: 'date' },
      { name: 'data', type: 'string', mediaType: 'application/json' },
    ])
  })

  test('a manifest describes the columns, and requires those that can be neither NULL nor empty', () => {
    const fields = resourceOf(aFile(everyType)).schema.fields
    expect(fields.map((field) => field['description'])).toEqual(everyType.columns.map((column) => column.description))
    const required = fields.filter((field) => field['constraints'] !== undefined)
    expect(required.map((field) => field['name'])).toEqual(['code', 'ok', 'at'])
    expect(required[0]).toMatchObject({ constraints: { required: true } })
  })

  test('a manifest has no beginning for a full load, and its reason', () => {
    const file = aFile(everyType, { load: { mode: 'FULL', reason: 'COLUMNS_CHANGED' } })
    expect(resourceOf(file)).toMatchObject({
      mode: 'full',
      fullLoadReason: 'columns_changed',
      window: { from: null, to: '2026-11-23T00:00:00.000Z' },
    })
  })

  test('a manifest names a file without rows (promise 9)', () => {
    expect(resourceOf(aFile(everyType, { rows: 0, bytes: 35 }))).toMatchObject({ rows: 0, bytes: 35 })
  })

  test('the paths of a manifest are relative to its folder, so that a day can be copied anywhere', () => {
    const at = new Date('2026-11-23T17:45:00Z')
    const file = aFile(everyType, { to: at, path: deliveryPath('acme_corp', everyType.name, at) })
    expect(resourceOf(file)['path']).toBe('user_login_events/user_login_events.csv')
  })

  test('a manifest has the line ends of the files', () => {
    const { resources } = packageOf([aFile(everyType)], aCatalog(everyType), '\r\n')
    expect(resources[0]).toMatchObject({ dialect: { lineTerminator: '\r\n' } })
  })

  test('a manifest is JSON', () => {
    const made = packageOf([aFile(everyType)])
    expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  })
})

describe('a manifest of files that are older than the catalog', () => {
  test('a manifest has the columns of the file, with the descriptions that the catalog still has', () => {
    const file = aFile(everyType, { columns: 'tenant:string,code:integer,nickname:string,ok:integer' })
    expect(resourceOf(file).schema.fields).toEqual([
      { name: 'tenant', type: 'string', description: 'Whose.' },
      { name: 'code', type: 'integer', description: 'Which.', constraints: { required: true } },
      { name: 'nickname', type: 'string', description: '' },
      { name: 'ok', type: 'integer', description: 'Whether.', constraints: { required: true } },
    ])
  })

  test('a manifest names an entity that the catalog no longer has, without a key', () => {
    const resource = resourceOf(aFile(anEntity('gone away')))
    expect(resource).toMatchObject({ name: 'gone-away', path: 'gone_away/gone_away.csv' })
    expect(resource.schema).not.toHaveProperty('primaryKey')
    expect(resource).not.toHaveProperty('title')
  })

  test('a manifest has no key if the file lacks one of its columns', () => {
    const file = aFile(everyType, { columns: 'tenant:string,ok:boolean' })
    expect(resourceOf(file).schema).not.toHaveProperty('primaryKey')
  })
})

describe('the chain of files', () => {
  test('a manifest has sequence and previous of each file, so that a consumer can see a gap', () => {
    expect(resourceOf(aFile(everyType))).toMatchObject({
      sequence: 5,
      previous: 4,
      schemaVersion: 2,
      redelivered: false,
    })
  })

  test('a full load has no previous file in the manifest', () => {
    const full = aFile(everyType, { load: { mode: 'FULL', reason: 'REQUESTED' }, redelivered: true })
    expect(resourceOf(full)).toMatchObject({ sequence: 5, previous: null, redelivered: true })
  })
})
