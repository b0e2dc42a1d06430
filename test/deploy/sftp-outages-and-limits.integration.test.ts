import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { askSftp } from '../support/sftp/ask-sftp.js'
import { closeOf } from '../support/close-of.js'
import { describeWithDeployedSftp, sessionsOfOneTenant } from '../support/sftp/deployed-sftp.js'
import { type DeployedTenants, startDeployedTenants } from './support/deployed-tenants.js'
import { eventually } from '../support/eventually.js'
import { connectSftp, connectSsh } from '../support/sftp/sftp-clients.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

await describeWithDeployedSftp('the OpenSSH server of deploy/sftp', () => {
  let place: DeployedTenants
  beforeAll(async () => {
    place = await startDeployedTenants()
  })
  afterAll(() => place[Symbol.asyncDispose]())
  beforeEach(() => onTestFailed(() => void process.stderr.write(place.server.log().slice(-5_000))))

  test('while the database is away no new key login succeeds, and open sessions stay', async () => {
    const { who, key } = await place.tenantWithFile()
    const sftp = await connectSftp(place.login(who.tenantId, key))
    await place.stores.query('ALTER ROLE tidemark_sftp NOLOGIN')
    try {
      await eventually('the log to say so', () =>
        ['tenants', 'keys'].every((what) => place.server.log().includes(`The query for ${what} failed`)),
      )
      expect(place.server.log()).toContain('role "tidemark_sftp" is not permitted to log in')
      expect(await place.canLogIn(who.tenantId, key)).toBe(false)
      expect(await sftp.list('.')).toHaveLength(1)
      await askSftp(place.writer)
    } finally {
      await place.stores.query('ALTER ROLE tidemark_sftp LOGIN')
    }
    expect(await place.canLogIn(who.tenantId, key)).toBe(true)
    await eventually('the log to say so', () =>
      place.server.log().includes('The database answers the query for tenants again'),
    )
    await sftp.end()
  })

  test("a key in the operator's file logs in even while the database is away", async () => {
    const { who, key } = await place.tenantWithFile()
    const inFile = makeKey('-t', 'ed25519')
    expect(await place.canLogIn(who.tenantId, inFile)).toBe(false)
    await writeFile(join(place.server.folder, '../state/authorized_keys', who.tenantId), `${inFile.line}\n`)
    expect(await place.canLogIn(who.tenantId, inFile)).toBe(true)
    const sftp = await connectSftp(place.login(who.tenantId, inFile))
    await place.stores.query('ALTER ROLE tidemark_sftp NOLOGIN')
    try {
      expect(await place.canLogIn(who.tenantId, inFile)).toBe(true)
      expect(await place.canLogIn(who.tenantId, key)).toBe(false)
    } finally {
      await place.stores.query('ALTER ROLE tidemark_sftp LOGIN')
    }
    // The database has no such key; the session stays all the same.
    await place.tenantWithFile()
    expect(await sftp.list('.')).toHaveLength(1)
    await sftp.end()
  })

  test('sessions of a removed key end even while the database cannot be asked for tenants', async () => {
    const { who, key, id } = await place.tenantWithFile()
    const sessions = await Promise.all([1, 2, 3].map(() => connectSsh(place.login(who.tenantId, key))))
    const ended = Promise.all(sessions.map((session) => closeOf(session)))
    await place.stores.query('REVOKE EXECUTE ON FUNCTION sftp_tenants() FROM tidemark_sftp')
    try {
      await eventually('the log to say so', () =>
        place.server.log().includes('permission denied for function sftp_tenants'),
      )
      await place.keys.remove(who, id)
      expect(await ended).toHaveLength(3)
    } finally {
      await place.stores.query('GRANT EXECUTE ON FUNCTION sftp_tenants() TO tidemark_sftp')
    }
  })

  test('a tenant has a limited number of sessions, which keeps no other tenant out', async () => {
    const [{ who, key }, other] = [await place.tenantWithFile(), await place.tenantWithFile()]
    const open: Awaited<ReturnType<typeof connectSsh>>[] = []
    while (open.length < sessionsOfOneTenant) open.push(await connectSsh(place.login(who.tenantId, key)))
    expect(await place.canLogIn(who.tenantId, key)).toBe(false)
    expect(await place.canLogIn(other.who.tenantId, other.key)).toBe(true)
    await eventually('the log to say so', () => place.server.log().includes(`${who.tenantId} was refused`))
    open.pop()?.end()
    await eventually('room for a session', () => place.canLogIn(who.tenantId, key))
    for (const session of open) session.end()
  })

  test('simultaneous logins cannot exceed the limit of sessions', async () => {
    const { who, key } = await place.tenantWithFile()
    const attempts = Array.from({ length: 3 * sessionsOfOneTenant }, () =>
      connectSsh(place.login(who.tenantId, key)).catch(() => undefined),
    )
    const sessions = (await Promise.all(attempts)).filter((session) => session !== undefined)
    const number = (await place.server.run(`awk '$1 == "${who.tenantId}" { print $2 }' /mnt/state/ids`)).trim()
    const count = async () =>
      Number(await place.server.run(`source /mnt/lib/sessions.sh; open_sessions ${number} | wc -l`))
    await eventually('the newest sessions to be ended', async () => (await count()) <= sessionsOfOneTenant)
    expect(sessions.length).toBeGreaterThanOrEqual(sessionsOfOneTenant)
    for (const session of sessions) session.end()
  })
})
