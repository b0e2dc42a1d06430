import { join } from 'node:path'
import pg from 'pg'
import { expect } from 'vitest'
import { deletedColumn, type Entity, findEntity } from '../../../../src/domain/entity.js'
import { createLoader, type Loader, type Row } from '../../../clients/support/loader.js'
import { loaderPython } from '../../../clients/support/python.js'
import { rowsInFileForm, sorted } from '../../../clients/support/warehouse-source.js'
import type { TestTenant } from '../../../support/world/tenant.js'
import type { World } from '../../../support/world/world.js'

/** A SQLite database of a consumer, which `tidemark-load` fills with the files of one tenant. */
export interface Warehouse {
  readonly world: World
  readonly entities: readonly Entity[]
  /** Undefined on a machine without a Python that can run the loader: then nothing is loaded, and the test run says so. */
  readonly loader: Loader | undefined
}

/** An empty warehouse. @param entities internal names */
export async function openWarehouse(
  world: World,
  { id }: Pick<TestTenant, 'id'>,
  name: string,
  entities: readonly string[],
): Promise<Warehouse> {
  const python = await loaderPython('the loader in the tests of disasters')
  const loader =
    python &&
    createLoader({
      python,
      target: `sqlite:${join(world.folder, `${id}-${name}.sqlite`)}`,
      from: ['--from', world.sftp.folder, '--tenant', id],
      work: join(world.folder, `${id}-${name}`),
    })
  return { world, entities: entities.map((entity) => entityOf(world, entity)), loader }
}

/** Loads what is new for the tenant, and expects the rows of the source: each value of each row, and no other row. */
export async function warehouseGivesTheSource(tenant: Pick<TestTenant, 'id'>, warehouse: Warehouse): Promise<void> {
  const { loader, world, entities } = warehouse
  if (!loader) return
  const { exitCode, events, errors } = await loader.load()
  const failed = events.filter(({ event }) => event === 'failed')
  expect({ exitCode, errors, failed }, loader.target).toEqual({ exitCode: 0, errors: '', failed: [] })
  const loaded = await loader.rows(...entities.map(({ name }) => name))
  for (const entity of entities) {
    const inSource = await sourceRows(world, tenant.id, entity)
    const rows = (loaded.get(entity.name) ?? []).map((row) => withColumns(row, entity))
    expect(sorted(rows), `${entity.name} in ${loader.target}`).toEqual(sorted(inSource))
  }
}

function entityOf({ catalog }: World, name: string): Entity {
  const entity = findEntity(catalog, name)
  if (!entity) throw new Error(`${name} is not in the catalog`)
  return entity
}

function sourceRows(world: World, tenantId: string, { columns, table, tenantColumn }: Entity): Promise<Row[]> {
  const names = columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
  const present = columns.some(({ name }) => name === deletedColumn) ? ` AND NOT ${deletedColumn}` : ''
  const place = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`
  const text = `SELECT ${names} FROM ${place} WHERE ${pg.escapeIdentifier(tenantColumn)} = $1${present}`
  return rowsInFileForm(world, text, [tenantId])
}

/** Only the columns of the catalog, without those that the loader adds. */
function withColumns(row: Row, { columns }: Entity): Row {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))
}
