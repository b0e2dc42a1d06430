import { readFileSync } from 'node:fs'
import { contractPath, deliveryPath, indexPath, manifestPath, signaturePath } from '../../src/domain/delivery-path.js'
import type { Delivery } from '../../src/domain/delivery.js'
import { type Catalog, columnsFingerprint } from '../../src/domain/entity.js'
import {
  defaultFileFormat,
  fileFormatEntries,
  fileFormatFields,
  type FormatField,
} from '../../src/domain/file-format.js'
import { fileExtension } from '../../src/domain/encoder.js'
import { namesOf } from '../../src/domain/described.js'
import { dataPackage } from '../../src/domain/manifest.js'
import { code, inCell, table } from './markdown.js'

const tenant = 'acme'
const day = new Date('2026-11-24T00:00:00Z')
/** Where the page has its example. */
const mark = '{{example}}'

export function manifestAndCsvPage(catalog: Catalog): string {
  return readFileSync('scripts/docs/manifest-and-csv.md', 'utf8')
    .replace(mark, () => JSON.stringify(example(catalog), null, 2))
    .replace('{{paths}}', () => pathsTable())
    .replace('{{format}}', () => formatTable())
}

/** The manifest of a day with one delta of an entity, whose columns are cut to the first three. */
function example(catalog: Catalog): object {
  const whole = catalog.entities.find(({ name }) => name === 'user_login_events')
  if (!whole) throw new Error('The built-in catalog lacks the entity of the example.')
  const entity = { ...whole, columns: whole.columns.slice(0, 3) }
  const file: Delivery = {
    id: '7',
    runId: 'export-acme-2026-11-24T00:00:00Z',
    tenantId: tenant,
    entity: entity.name,
    path: deliveryPath(tenant, entity.name, day),
    rows: 1250,
    bytes: 184_320,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    format: defaultFileFormat,
    encryption: null,
    parts: null,
    sourceRows: 1250,
    columns: columnsFingerprint(entity),
    irregular: [],
    sourceTypes: Object.fromEntries(entity.columns.map(({ name }) => [name, 'text'])),
    snapshot: '',
    systemIdentifier: '',
    timeline: null,
    load: { mode: 'DELTA', from: new Date('2026-11-23T00:00:00Z'), fromSnapshot: '', previous: 6 },
    to: day,
    day,
    revision: 1,
    sequence: 7,
    schemaVersion: 1,
    redelivered: false,
    attempts: 1,
    publishedAt: new Date('2026-11-24T00:00:09Z'),
    removedAt: null,
  }
  return dataPackage(catalog, tenant, { day, revision: 1 }, [file], { lineEnd: '\n' })
}

function pathsTable(): string {
  const entity = 'user_login_events'
  const encryption = { pgp: { publicKeys: null, sign: false } }
  const split = { ...defaultFileFormat, maxPartMegabytes: 100 }
  return table(
    ['file', 'path'],
    [
      ['a delivery', code(deliveryPath(tenant, entity, day))],
      ...namesOf(fileFormatFields.compression.values)
        .filter((compression) => compression !== 'NONE')
        .map((compression) => [
          `a delivery with ${code(fileExtension({ compression }))}`,
          code(deliveryPath(tenant, entity, day, { ...defaultFileFormat, compression })),
        ]),
      [
        'an encrypted delivery',
        code(deliveryPath(tenant, entity, day, { ...defaultFileFormat, compression: 'GZIP' }, 1, encryption)),
      ],
      ['the first file part of a split delivery', code(deliveryPath(tenant, entity, day, split, 1))],
      ['the manifest of the day', code(manifestPath(tenant, day))],
      ['its signature', code(signaturePath(manifestPath(tenant, day)))],
      ['the index of the tenant', code(indexPath(tenant))],
      ['its signature', code(signaturePath(indexPath(tenant)))],
      ['the contract of an entity', code(contractPath(tenant, entity))],
    ],
  )
}

function formatTable(): string {
  const rows = fileFormatEntries.map(([name, field]) => [
    code(name),
    code(String(field.default)),
    inCell([field.description, ...meanings(field)].join(' ')),
  ])
  return table(['property', 'default', 'meaning'], rows)
}

function meanings(field: FormatField): string[] {
  if (field.kind !== 'choice') return []
  return Object.entries(field.values).map(([value, meaning]) => `${code(value)}: ${meaning}`)
}
