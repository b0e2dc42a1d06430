import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActivityDependencies } from '../../activities/dependencies.js'
import { publish } from '../../activities/publication.js'
import type { Claim, FinishedFile } from '../../src/database/delivery-store.js'
import { deliveryPath } from '../../src/domain/delivery-path.js'
import { ExportError } from '../../src/domain/errors.js'
import { checksumsOf, defaultFileFormat } from '../../src/domain/file-format.js'
import type { Run } from '../../src/domain/run.js'
import type { SftpSession } from '../../src/sftp/sftp.js'
import { createEvents } from '../../src/telemetry/events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { createMemoryFiles, type MemoryFiles } from '../support/scale/memory-files.js'
import { aFile, aNewRun, aPlan, claimOf, newTenant, openStores, publishOnce, type Stores } from '../support/stores.js'

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
  readonly file: FinishedFile
}

/** A set of three parts that lies whole under its hidden names, over one file of an earlier revision in another format. */
async function hiddenSet(): Promise<Set> {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const previousDeliveryId = (await stores.deliveries.watermarks(tenantId)).get('user')?.deliveryId ?? null
  const extent = { mode: 'FULL' as const, reason: 'REQUESTED' as const }
  const to = new Date(monday.getTime() + 3_600_000)
  const run = await stores.runs.begin(aNewRun(tenantId, { to }), aPlan({ entity: 'user', extent, previousDeliveryId }))
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
  const hidden = parts.map(({ path }) => `${path}.hidden`)
  await stores.deliveries.noteParts(claim, hidden)
  const kept = parts.map(({ content: _content, ...part }) => part)
  const sum = { path: kept[0]!.path, rows: 3, bytes: 11, sha256: sha256(checksumsOf(kept)) }
  return { run, claim, disk, file: aFile(run, 'user', { ...sum, hidden, format, parts: kept }) }
}

async function* once(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

const namesOf = ({ disk }: Set) =>
  [...disk.files.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1)).toSorted()

/** Publishes the set over a session of which some operations are others. */
function published({ disk, claim, file }: Set, different: (session: SftpSession) => Partial<SftpSession> = () => ({})) {
  const deps = {
    deliveries: stores.deliveries,
    manifests: stores.manifests,
    events: createEvents(createLogger({ level: 'info', destination: { write: () => undefined } })),
    onStep: () => undefined,
  } satisfies Partial<ActivityDependencies>
  return disk.sftp.session(never, (session) =>
    publish(deps as unknown as ActivityDependencies, { ...session, ...different(session) }, claim, file),
  )
}

describe('a set of files', () => {
  test('takes the place of a file of another format on the same day', async () => {
    const set = await hiddenSet()
    expect(await published(set)).toMatchObject({ rows: 3, bytes: 11, revision: 2 })
    expect(namesOf(set)).toEqual(['user.0001.csv', 'user.0002.csv', 'user.0003.csv'])
  })

  test('of which the server refuses to rename a part is given up as a whole: no file is left that no ledger knows', async () => {
    const set = await hiddenSet()
    const refused = published(set, (session) => ({
      replace: (from, to) => {
        if (to.endsWith('0002.csv')) throw new ExportError('SFTP_PERMISSION_DENIED', 'no')
        return session.replace(from, to)
      },
    }))
    await expect(refused).rejects.toMatchObject({ code: 'SFTP_PERMISSION_DENIED' })
    expect(namesOf(set)).toEqual(['user.csv'])
    expect(await stores.deliveries.unsettled(set.run.tenantId)).toEqual([])
  })

  test('is published also where the server does not let go of what lay there before', async () => {
    const set = await hiddenSet()
    const kept = published(set, () => ({
      remove: () => {
        throw new ExportError('SFTP_PERMISSION_DENIED', 'no')
      },
    }))
    expect(await kept).toMatchObject({ revision: 2 })
    expect(namesOf(set)).toContain('user.csv')
  })

  test('that another has settled meanwhile takes nothing away: what lies there may be of a later revision', async () => {
    const set = await hiddenSet()
    const leftBehind = published(set, (session) => ({
      replace: async (from, to) => {
        await session.replace(from, to)
        if (!to.endsWith('0003.csv')) return
        const [intent] = await stores.deliveries.unsettled(set.run.tenantId)
        await stores.deliveries.record((await stores.deliveries.takeOver(intent!))!)
      },
    }))
    await expect(leftBehind).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(namesOf(set)).toContain('user.csv')
  })
})
