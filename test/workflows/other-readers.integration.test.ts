import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contractFolder, dayFolder } from '../../src/domain/delivery-path.js'
import { midnight } from '../support/world/days.js'
import { commandAvailable, pythonHas } from '../support/programs/command-available.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/** What programs of others find in manifests and contracts. */

const run = promisify(execFile)

let world: World
let tenant: TestTenant
let root: string
beforeAll(async () => {
  world = await createWorld()
  tenant = await world.tenant({ rows: 300, before: midnight(3) })
  await tenant.register({ exportOption: 'EXPORT_ALL', fileFormat: { compression: 'GZIP', maxPartMegabytes: 1 } })
  await tenant.backfill(midnight(2))
  await tenant.mutate({ inserts: 5, updates: 5, deletes: 2 })
  await tenant.register({ exportOption: 'EXPORT_ALL', fileFormat: { changeType: true, delimiter: 'SEMICOLON' } })
  await tenant.backfill(midnight(1))
  root = join(world.folder, 'downloaded')
  for (const { path, content } of await tenant.everything()) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
})
afterAll(() => world[Symbol.asyncDispose]())

const manifests = () =>
  [midnight(2), midnight(1)].map((day) => join(root, dayFolder(tenant.id, day), 'datapackage.json'))

async function python(script: string, paths: readonly string[]): Promise<unknown> {
  const { stdout } = await run('python3', ['-W', 'ignore', '-c', script, ...paths])
  return JSON.parse(stdout)
}

const hasVersion1 = await pythonHas('datapackage', 'manifests by the datapackage package, which reads version 1')

describe.runIf(hasVersion1)('the datapackage package', () => {
  test('a reader of Data Package v1 accepts each manifest by the tabular profile (promise 8)', async () => {
    const script = `
import datapackage, json, sys
packages = [datapackage.Package(path) for path in sys.argv[1:]]
print(json.dumps([[package.profile.name, package.valid, [str(error) for error in package.errors]] for package in packages]))
`
    expect(await python(script, manifests())).toEqual(manifests().map(() => ['tabular-data-package', true, []]))
  })
})

const hasFrictionless = await pythonHas('frictionless', 'manifests in formats by the frictionless package')

describe.runIf(hasFrictionless)('the frictionless package', () => {
  test('a reader of Data Package v2 finds each file whole, compressed, split and with another delimiter (promise 8)', async () => {
    const script = `
import json, sys
from frictionless import Package
print(json.dumps([row for path in sys.argv[1:] for row in Package(path).validate().flatten(['type', 'message'])]))
`
    expect(await python(script, manifests())).toEqual([])
  })
})

const hasDatacontract = await commandAvailable('datacontract', 'contracts by the datacontract command')

describe.runIf(hasDatacontract)('the datacontract command', () => {
  test('the command accepts the contract of each entity', async () => {
    for (const { name } of world.catalog.entities) {
      const { stdout } = await run('datacontract', ['lint', join(root, contractFolder(tenant.id), `${name}.yaml`)])
      expect(stdout, name).toMatch(/data contract is valid/i)
    }
  })
})
