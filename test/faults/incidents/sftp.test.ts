import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithOpenSsh } from '../../support/sftp/describe-openssh.js'
import { type OpenSshPlace, startOpenSshPlace } from '../../support/sftp/sftp-place.js'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js'
import type { ExportErrorCode } from '../../../src/domain/errors.js'
import type { Run } from '../../../src/domain/run.js'
import type { RetryLine } from '../../../src/services/runs/retry-failed.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { eventually } from '../../support/eventually.js'
import { beginOutage } from './support/outage.js'
import { createScene, type Scene, troubled } from './support/scene.js'

/** Each run ends with its first failure, so that `tidemark retry` has something to do. */
const environment = { EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0', RUN_STARTS_PER_SECOND: '1000' }
const rows = { user: 2 }
const atOnce = 5

await describeWithOpenSsh('failures of the SFTP server', () => {
  let scene: Scene
  let place: OpenSshPlace
  let disk: SmallDisk | undefined
  beforeAll(async () => {
    const sftp = async (folder: string) => {
      place = await startOpenSshPlace(folder)
      disk = await mountSmallDisk(place.folder)
      return place
    }
    scene = await createScene({ sftp, environment })
  })
  afterEach(() => scene.world.stopWorkers())
  afterAll(async () => {
    await disk?.unmount()
    await scene[Symbol.asyncDispose]()
  })

  /** So many tenants that export one entity. */
  async function tenants(count: number) {
    const made: TestTenant[] = []
    while (made.length < count) {
      const few = Array.from({ length: Math.min(atOnce, count - made.length) }, () => scene.world.tenant({ rows }))
      made.push(...(await Promise.all(few)))
      await Promise.all(made.slice(-few.length).map((tenant) => tenant.register({ entityList: 'user' })))
    }
    return made
  }

  async function oneTenant(): Promise<TestTenant> {
    const [tenant] = await tenants(1)
    if (!tenant) throw new Error('there is no tenant')
    return tenant
  }

  /** What `tidemark retry --code` does, once the failed run has ended. */
  async function retryFailed(tenant: TestTenant, run: Run | undefined, code: ExportErrorCode): Promise<string> {
    await tenant.finished(run?.id ?? '')
    const { lines } = await scene.admin.runs.retryFailed(scene.admin.operator, { code })
    expect(lines).toMatchObject([{ tenantId: tenant.id, failedRun: { id: run?.id }, userErrors: [] }])
    return lines[0]?.run?.id ?? ''
  }

  test('an SFTP server that is down for 50 tenants is one incident, which the retry of all of them resolves (promise 14)', async () => {
    await scene.startWorker()
    const all = await tenants(50)
    const outage = await beginOutage(
      scene,
      { failure: 'SFTP down, 50 tenants', code: 'SFTP_UNAVAILABLE', noticedSeconds: 0, cause: /127\.0\.0\.1:\d+/ },
      async () => {
        await place.halt()
        for (const tenant of all) await tenant.startRun()
      },
    )
    const { incidentId, subject } = await outage.alert()
    expect(subject).toBe(`${scene.world.config.sftp.host}:${scene.world.config.sftp.port}`)
    const incident = await eventually('all 50 runs to have failed', async () => {
      const found = await scene.admin.incidents.find(incidentId)
      return found?.extent.failedRuns === 50 && found
    })
    expect(incident.extent).toMatchObject({ tenants: 50, files: 50 })
    expect(troubled(await scene.tidemark(['doctor']))).toContain('sftp')

    await place.start()
    outage.fixed()
    const retried = await scene.tidemark(['retry', '--code', 'SFTP_UNAVAILABLE'])
    expect(retried.exitCode).toBe(0)
    expect(retried.result).toHaveLength(50)
    const resolved = await outage.resolved({ steps: ['alert'], command: 'tidemark retry --code SFTP_UNAVAILABLE' })
    expect(resolved).toMatchObject({ incidentId, files: 50, tenants: { count: 50 } })
    // The next test must not meet them.
    for (const { tenantId, run } of retried.result as readonly RetryLine[]) {
      await all.find(({ id }) => id === tenantId)?.finished(run?.id ?? '')
    }
  })

  test('a changed host key is reported with its fingerprint, and resolved once it is pinned and the runs are retried (promise 14)', async () => {
    await scene.startWorker()
    const tenant = await oneTenant()
    let restore = async (): Promise<void> => undefined
    let run: Run | undefined
    const outage = await beginOutage(
      scene,
      { failure: 'host key changed', code: 'SFTP_HOST_KEY_MISMATCH', noticedSeconds: 0, cause: /SHA256:[\w+/]{43}/ },
      async () => {
        restore = await place.server.changeHostKey()
        run = await tenant.startRun()
      },
    )
    try {
      const { message } = await outage.alert()
      const [presented = ''] = /SHA256:[\w+/]{43}/.exec(message) ?? []
      expect(troubled(await scene.tidemark(['doctor']))).toContain('sftp')
      await scene.world.stopWorkers()
      const pinned = [...place.server.hostKeyFingerprints, presented].join(',')
      await scene.startWorker({ SFTP_HOST_KEY_FINGERPRINT: pinned })
      outage.fixed()
      const id = await retryFailed(tenant, run, 'SFTP_HOST_KEY_MISMATCH')
      await outage.resolved({
        steps: ['alert'],
        command: 'SFTP_HOST_KEY_FINGERPRINT, tidemark retry --code SFTP_HOST_KEY_MISMATCH',
      })
      expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
    } finally {
      await restore()
    }
  })

  test('a full disk is reported, and resolved by a retry once there is space (promise 14)', async ({ skip }) => {
    if (!disk) return skip('only root may mount a small disk')
    await scene.startWorker()
    const tenant = await oneTenant()
    let run: Run | undefined
    const outage = await beginOutage(
      scene,
      { failure: 'disk full', code: 'SFTP_NO_SPACE', noticedSeconds: 0, cause: /space/ },
      async () => {
        await disk?.fill()
        run = await tenant.startRun()
      },
    )
    await outage.alert()
    await disk.makeRoom()
    outage.fixed()
    await retryFailed(tenant, run, 'SFTP_NO_SPACE')
    const command = 'make room, tidemark retry --code SFTP_NO_SPACE'
    expect(await outage.resolved({ steps: ['alert'], command })).toMatchObject({ files: 1 })
  })
})
