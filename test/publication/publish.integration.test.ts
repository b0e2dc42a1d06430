import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveryPath } from '../../src/domain/delivery-path.js'
import { checksumsOf, type WrittenFile } from '../../src/domain/delivery.js'
import { ExportError } from '../../src/domain/errors.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import type { Claim } from '../../src/domain/publication.js'
import type { Run } from '../../src/domain/run.js'
import type { PublicationDependencies } from '../../src/publication/dependencies.js'
import { publish } from '../../src/publication/publish.js'
import { completeOrDiscardAll } from '../../src/publication/index.js'
import type { SftpSession } from '../../src/sftp/sftp.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { createMemoryFiles, type MemoryFiles } from '../support/sftp/memory-files.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  intendFile,
  newTenant,
  openStores,
  publishOnce,
  recordIntent,
  type Stores,
} from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = new Date('2026-11-23T00:00:00Z')
const format = { ...defaultFileFormat, maxPartMegabytes: 1 }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const never = new AbortController().signal

interface Set {
  readonly run: Run
  readonly claim: Claim
  readonly disk: MemoryFiles
  readonly file: WrittenFile
  readonly hiddenPaths: readonly string[]
}

/** Three file parts, whole under their hidden paths, over one file of an earlier revision in another format. */
async function hiddenSet(): Promise<Set> {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const previousDeliveryId = (await stores.deliveries.watermarks(tenantId)).get('user')?.deliveryId ?? null
  const load = { mode: 'FULL' as const, reason: 'REQUESTED' as const }
  const to = new Date(monday.getTime() + 3_600_000)
  const run = await stores.runs.begin(aNewRun(tenantId, { to }), aPlan({ entity: 'user', load, previousDeliveryId }))
  const claim = await claimOf(stores, run, 'user')
  const disk = createMemoryFiles()
  const parts = ['one', 'two', 'three'].map((content, index) => {
    const path = deliveryPath(tenantId, 'user', to, format, index + 1)
    return { content, path, rows: 1, bytes: content.length, sha256: sha256(content) }
  })
  await disk.sftp.session(never, async (session) => {
    for (const { path, content } of parts) await session.upload(`${path}.hidden`, once(content))
    await session.upload(deliveryPath(tenantId, 'user', monday), once('before'))
  })
  const hiddenPaths = parts.map(({ path }) => `${path}.hidden`)
  await stores.publications.recordHiddenPaths(claim, hiddenPaths)
  const kept = parts.map(({ content: _content, ...part }) => part)
  const sum = { path: kept[0]!.path, rows: 3, bytes: 11, sha256: sha256(checksumsOf(kept)) }
  return { run, claim, disk, file: aFile(run, 'user', { ...sum, format, parts: kept }), hiddenPaths }
}

async function* once(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

const namesOf = ({ disk }: Set) =>
  [...disk.files.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1)).toSorted()

/** Publishes the set over a session of which some operations are others. */
function published(
  { disk, claim, file, hiddenPaths }: Set,
  different: (session: SftpSession) => Partial<SftpSession> = () => ({}),
) {
  const deps = depsOf({ disk })
  return disk.sftp.session(never, async (session) => {
    const changed = { ...session, ...different(session) }
    const [one] = await publish(deps as unknown as PublicationDependencies, changed, [{ claim, file, hiddenPaths }])
    return one
  })
}

function depsOf({ disk }: Pick<Set, 'disk'>) {
  return {
    publications: stores.publications,
    events: createEvents(createLogger({ level: 'info', destination: { write: () => undefined } })),
    onStep: () => undefined,
    sftp: disk.sftp,
  } satisfies Partial<PublicationDependencies>
}

describe('a set of files', () => {
  test('a set of files replaces a file of another format on the same day (promise 6)', async () => {
    const set = await hiddenSet()
    expect(await published(set)).toMatchObject({ rows: 3, bytes: 11, revision: 2 })
    expect(namesOf(set)).toEqual(['user.0001.csv', 'user.0002.csv', 'user.0003.csv'])
  })

  test('a set of files is discarded as a whole if the server refuses to rename one of them', async () => {
    const set = await hiddenSet()
    const refused = published(set, (session) => ({
      replace: (from, to) => {
        if (to.endsWith('0002.csv')) throw new ExportError('SFTP_PERMISSION_DENIED', 'no')
        return session.replace(from, to)
      },
    }))
    await expect(refused).rejects.toMatchObject({ code: 'SFTP_PERMISSION_DENIED' })
    expect(namesOf(set)).toEqual(['user.csv'])
    expect(await stores.publications.pendingIntents(set.run.tenantId)).toEqual([])
  })

  test('a set of files is published even if the server refuses to remove the files that it replaces', async () => {
    const set = await hiddenSet()
    const kept = published(set, () => ({
      remove: () => {
        throw new ExportError('SFTP_PERMISSION_DENIED', 'no')
      },
    }))
    expect(await kept).toMatchObject({ revision: 2 })
    expect(namesOf(set)).toContain('user.csv')
  })

  test('a stale attempt removes no file that a later attempt has put in place (promise 11)', async () => {
    const set = await hiddenSet()
    const stale = published(set, (session) => ({
      replace: async (from, to) => {
        await session.replace(from, to)
        if (!to.endsWith('0003.csv')) return
        const [intent] = await stores.publications.pendingIntents(set.run.tenantId)
        await recordIntent(stores, (await stores.publications.takeOver(intent!))!)
      },
    }))
    await expect(stale).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(namesOf(set)).toContain('user.csv')
  })
})

describe('an intent whose hidden names are no longer on record', () => {
  /** As an earlier release could leave it: the first `renamed` files have their final names, and no hidden path is on record. */
  async function forgotten(renamed: number): Promise<Set> {
    const set = await hiddenSet()
    const killed = (): never => {
      throw new ExportError('SFTP_UNAVAILABLE', 'the worker was killed')
    }
    const stopped = published(set, (session) => ({
      replace: async (from, to) => (to.endsWith(`000${renamed + 1}.csv`) ? killed() : session.replace(from, to)),
      // Obsolete files are removed after the last rename.
      remove: async () => killed(),
    }))
    await expect(stopped).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
    await set.disk.sftp.session(never, async (session) => {
      for (const path of set.hiddenPaths) await session.remove(path)
    })
    await stores.query(`UPDATE run_entity SET hidden_paths = '{}' WHERE run_id = $1`, [set.run.id])
    return set
  }

  const completedOf = (set: Set) =>
    completeOrDiscardAll(depsOf(set) as unknown as PublicationDependencies, set.run.tenantId, never)

  test('an intent without hidden paths is completed if its files have their final names', async () => {
    const set = await forgotten(3)
    expect(await completedOf(set)).toMatchObject([
      { entity: 'user', rows: 3, bytes: 11, revision: 2, runId: set.run.id },
    ])
    expect(await stores.publications.pendingIntents(set.run.tenantId)).toEqual([])
  })

  test('an intent without hidden paths is discarded with its files if one of them has no final name', async () => {
    const set = await forgotten(1)
    expect(await completedOf(set)).toEqual([])
    expect(await stores.publications.pendingIntents(set.run.tenantId)).toEqual([])
    expect(namesOf(set)).toEqual(['user.csv'])
  })
})

describe('an intent on a server that permits no reads', () => {
  const refuse = (): never => {
    throw new ExportError('SFTP_PERMISSION_DENIED', 'no')
  }

  /** One file over an earlier revision under the same path, renamed and not recorded. */
  async function placed(before: string, content: string) {
    const tenantId = newTenant()
    const disk = createMemoryFiles()
    const path = deliveryPath(tenantId, 'user', monday)
    const fileOf = (text: string) => ({ path, bytes: text.length, sha256: sha256(text) })
    await publishOnce(stores, tenantId, 'user', { to: monday, file: fileOf(before) })
    const previousDeliveryId = (await stores.deliveries.watermarks(tenantId)).get('user')?.deliveryId ?? null
    const load = { mode: 'FULL' as const, reason: 'REQUESTED' as const }
    const to = new Date(monday.getTime() + 3_600_000)
    const run = await stores.runs.begin(aNewRun(tenantId, { to }), aPlan({ entity: 'user', load, previousDeliveryId }))
    const claim = await claimOf(stores, run, 'user')
    await stores.publications.recordHiddenPaths(claim, [`${path}.hidden`])
    await intendFile(stores, claim, aFile(run, 'user', fileOf(content)))
    await disk.sftp.session(never, (session) => session.upload(path, once(content)))
    const blind = { ...disk.sftp, session: blindSession(disk) }
    const completed = await completeOrDiscardAll(
      { ...depsOf({ disk }), sftp: blind } as unknown as PublicationDependencies,
      tenantId,
      never,
    )
    const files = await stores.publications.filesOfDay(tenantId, monday)
    const fullLoadRequested = (await stores.deliveries.watermarks(tenantId)).get('user')?.fullLoadRequested
    return { completed, files: files.map(({ revision }) => revision), fullLoadRequested }
  }

  const blindSession =
    ({ sftp }: MemoryFiles): MemoryFiles['sftp']['session'] =>
    (signal, use) =>
      sftp.session(signal, (session) => use({ ...session, fetch: refuse }))

  test('an intent is completed by the size of its file if the server permits no reads', async () => {
    expect(await placed('before', 'afterwards')).toMatchObject({ completed: [{ revision: 2 }], files: [2] })
  })

  test('an intent is discarded if the server permits no reads and an earlier revision has the same size, and a full load follows', async () => {
    expect(await placed('before', 'behind')).toMatchObject({ completed: [], files: [], fullLoadRequested: true })
  })
})
