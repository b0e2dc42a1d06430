import { afterAll, beforeAll, expect, test } from 'vitest'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startOpenSshPlace } from '../support/sftp/sftp-place.js'
import { createWorld, type World } from '../support/world/world.js'

await describeWithOpenSsh('delivery to OpenSSH', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ sftp: startOpenSshPlace })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test('a full load, a delta and the day’s superset arrive on OpenSSH and equal the source', async () => {
    const tenant = await world.tenant({ rows: 3000 })
    await tenant.register({ exportOption: 'EXPORT_ALL' })
    const [first] = await tenant.backfill(midnight(1))
    await tenant.mutate({ inserts: 4, updates: 4, deletes: 2 })
    const second = await tenant.runNow()
    await tenant.mutate({ inserts: 2, updates: 2, deletes: 1 })
    const third = await tenant.runNow()

    expect([first, second, third].map((run) => run?.status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
    expect(new Set(third.entities.map(({ revision }) => revision))).toEqual(new Set([2]))
    const comparisons = await tenant.compare()
    expect(comparisons).toHaveLength(26)
    expect(comparisons.filter((each) => each.onlyInSource + each.onlyDelivered + each.miscounted > 0)).toEqual([])
    expect(await tenant.hiddenFiles()).toEqual([])
    expect(world.log()).not.toContain(world.sftp.secret)
  })

  test('a run recovers from an outage in the middle of a file, and leaves no partial file', async () => {
    const tenant = await world.tenant({ rows: { user: 20_000 } })
    await tenant.register({ entityList: 'user' })
    world.sftp.proxy.throttle(1_000_000)
    const run = await tenant.startRun()
    await eventually('a hidden file to grow', async () => (await tenant.hiddenFiles()).length > 0)
    await world.sftp.halt()
    world.sftp.proxy.throttle(Infinity)
    try {
      await eventually('the attempt to fail', async () => {
        const [user] = (await tenant.allRuns()).find(({ id }) => id === run.id)?.entities ?? []
        return user?.error?.code === 'SFTP_UNAVAILABLE'
      })
    } finally {
      await world.sftp.start()
    }
    expect(await tenant.finished(run.id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await tenant.hiddenFiles()).toEqual([])
    expect(await tenant.compare()).toMatchObject([{ rows: 20_000, onlyInSource: 0, onlyDelivered: 0, miscounted: 0 }])
  })
})
