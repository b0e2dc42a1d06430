import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import type { Delivery } from '../../src/domain/delivery.js'
import type { FileFetch } from '../../src/domain/fetch.js'
import { eventually } from '../support/eventually.js'
import { connectAsRole, describeWithDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { connectSftp, readPart } from '../support/sftp/sftp-clients.js'
import { makeKey, type TestKey } from '../support/sftp/ssh-keys.js'
import { firstLoad, publishOnce } from '../support/world/stores.js'
import { actorOf, type DeployedTenants, startDeployedTenants } from './support/deployed-tenants.js'

const size = 500_000
const never = new AbortController().signal

await describeWithDeployedSftp('fetches from the OpenSSH server of deploy/sftp', () => {
  let place: DeployedTenants
  beforeAll(async () => {
    place = await startDeployedTenants({ fetches: true })
  })
  afterAll(() => place?.[Symbol.asyncDispose]())
  beforeEach(() => onTestFailed(() => void process.stderr.write(place.server.log().slice(-5_000))))

  interface Tenant {
    readonly key: TestKey
    readonly delivery: Delivery
  }

  /** A tenant that can log in, with a file of the ledger on the server. */
  async function tenant(): Promise<Tenant> {
    const { tenantId } = actorOf()
    const key = makeKey('-t', 'ed25519')
    await place.add(actorOf(tenantId), key)
    await eventually('the account', () => place.canLogIn(tenantId, key))
    await eventually('the log', async () =>
      (await stat(join(place.server.folder, 'tenants', tenantId, 'dev/log')).catch(() => undefined))?.isSocket(),
    )
    const to = new Date('2026-11-23T00:00:00Z')
    const runId = await publishOnce(place.stores, tenantId, 'user', { to, load: firstLoad, file: { bytes: size } })
    const [delivery] = await place.stores.deliveries.ofRuns(tenantId, [runId])
    if (!delivery) throw new Error('nothing was published')
    await place.writer.session(never, async (files) => {
      const hidden = delivery.path.replace('user.csv', '.user.csv.part')
      await files.upload(hidden, content())
      await files.replace(hidden, delivery.path)
    })
    return { key, delivery }
  }

  async function* content(): AsyncGenerator<Buffer> {
    yield randomBytes(size)
  }

  async function connected<T>({ key, delivery }: Tenant, work: (sftp: Client) => Promise<T>): Promise<T> {
    const sftp = await connectSftp(place.login(delivery.tenantId, key))
    try {
      return await work(sftp)
    } finally {
      await sftp.end()
    }
  }
  type Client = Awaited<ReturnType<typeof connectSftp>>

  const pageOf = ({ tenantId, id }: Delivery) =>
    place.stores.fetches.page(tenantId, id, { take: 50, backwards: false, from: undefined })
  const fetchesOf = ({ delivery }: Tenant, count: number): Promise<readonly FileFetch[]> =>
    eventually(`${count} fetches`, async () => {
      const found = await pageOf(delivery)
      return found.length === count && found
    })
  const readHalf =
    ({ delivery }: Tenant) =>
    (sftp: Client) =>
      readPart(sftp, delivery.path, 0, size / 2)

  test('a download of a whole file is on record with the key, the address and the times', async () => {
    const who = await tenant()
    const before = Date.now()
    await connected(who, (sftp) => sftp.get(who.delivery.path))
    const [fetch] = await fetchesOf(who, 1)
    expect(fetch).toMatchObject({
      ...{ bytesRead: size, isWhole: true, path: who.delivery.path },
      ...{ keyFingerprint: who.key.fingerprint, address: '127.0.0.1' },
    })
    expect(fetch!.endedAt.getTime()).toBeGreaterThanOrEqual(before - 1_000)
    expect(fetch!.startedAt.getTime()).toBeLessThanOrEqual(fetch!.endedAt.getTime())
    const uses = await place.stores.fetches.keyUses(who.delivery.tenantId)
    expect(uses.get(who.key.fingerprint)?.getTime()).toBeGreaterThanOrEqual(before - 1_000)
  })

  test('a path that is relative or detoured is the same file', async () => {
    const who = await tenant()
    const [, , , ...below] = who.delivery.path.split('/')
    await connected(who, async (sftp) => {
      await sftp.get(below.join('/'))
      await sftp.get(`//exports/./${who.delivery.tenantId}/2026/../${below.join('/')}`)
    })
    expect(await fetchesOf(who, 2)).toMatchObject([{ isWhole: true }, { isWhole: true }])
  })

  test('half a file is no whole fetch, also if it is read twice', async () => {
    const who = await tenant()
    for (let times = 0; times < 2; times++) await connected(who, readHalf(who))
    expect(await fetchesOf(who, 2)).toMatchObject([
      { bytesRead: size / 2, isWhole: false },
      { bytesRead: size / 2, isWhole: false },
    ])
    const parts = await place.stores.fetches.parts(who.delivery.tenantId, [who.delivery.id])
    expect(parts.get(who.delivery.id)).toEqual([{ fetches: 2, wholeAt: null }])
  })

  test('what the writer reads is no fetch', async () => {
    const who = await tenant()
    await place.writer.session(never, async (files) => {
      for await (const chunk of files.fetch(who.delivery.path)) expect(chunk.length).toBeGreaterThan(0)
    })
    await connected(who, readHalf(who))
    expect(await fetchesOf(who, 1)).toMatchObject([{ bytesRead: size / 2 }])
  })

  test('a tenant cannot forge a fetch with the names that it opens', async () => {
    const [who, victim] = [await tenant(), await tenant()]
    const forged = `close "${victim.delivery.path}" bytes read ${size} written 0`
    const line = `<38>Nov 28 15:00:00 internal-sftp[1]: ${forged}`
    await connected(who, async (sftp) => {
      for (const name of [forged, `x\n${line}`, `/exports/x" flags READ mode 0666\n${forged}`, victim.delivery.path]) {
        await expect(sftp.get(name)).rejects.toThrow(/No such file|Failure|Bad message/)
      }
      // A name so long that OpenSSH cuts the line.
      const long = `/exports/${'./'.repeat(400)}${who.delivery.path.slice('/exports/'.length)}`
      await sftp.get(long)
      await sftp.get(who.delivery.path)
    })
    expect(await fetchesOf(who, 1)).toMatchObject([{ path: who.delivery.path }])
    expect(await pageOf(victim.delivery)).toEqual([])
  })

  test('a line of a process that is not of a tenant is not believed', async () => {
    const who = await tenant()
    const line = `<38>Nov 28 15:00:00 internal-sftp[PID]: close "${who.delivery.path}" bytes read ${size} written 0`
    await place.server.run(`perl -MSocket -e '
      socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; connect($s, pack_sockaddr_un("/mnt/data/.log/log")) or die $!;
      for my $pid ($$, getppid, 1, 999999) { (my $line = q(${line})) =~ s/PID/$pid/; send($s, $line, 0) or die $! }'`)
    const fetches = await connected(who, async (sftp) => {
      await readHalf(who)(sftp)
      // The reader asks the kernel for the user of the process, which ends with the connection.
      return fetchesOf(who, 1)
    })
    expect(fetches).toMatchObject([{ bytesRead: size / 2 }])
  })

  test('fetches during an outage of the database are recorded after it, once each', async () => {
    const who = await tenant()
    await place.stores.query('ALTER ROLE tidemark_fetches NOLOGIN')
    try {
      await connected(who, (sftp) => sftp.get(who.delivery.path))
      await connected(who, readHalf(who))
      await eventually('the failure in the log', () => place.server.log().includes("Fetches can't be recorded."))
      expect(await pageOf(who.delivery)).toEqual([])
    } finally {
      await place.stores.query('ALTER ROLE tidemark_fetches LOGIN')
    }
    expect(await fetchesOf(who, 2)).toHaveLength(2)
    await eventually('the success in the log', () => place.server.log().includes('Fetches are recorded again.'))
  })

  test('the reader of the log starts again after it was killed, and loses nothing that it has read', async () => {
    const who = await tenant()
    await connected(who, (sftp) => sftp.get(who.delivery.path))
    const killReader = '[ "$(cat "$process/comm" 2>/dev/null)" = perl ] && kill -9 "${process#/proc/}"'
    await place.server.run(`for process in /proc/[0-9]*; do ${killReader}; done; true`)
    await eventually('the second start', () => place.server.log().split('reading fetches').length > 2)
    const log = join(place.server.folder, '.log/log')
    const own = join(place.server.folder, 'tenants', who.delivery.tenantId, 'dev/log')
    await eventually('the new socket', async () => (await stat(own)).ino === (await stat(log)).ino)
    await connected(who, readHalf(who))
    const fetches = await fetchesOf(who, 2)
    expect(fetches[0]).toMatchObject({ bytesRead: size / 2, keyFingerprint: who.key.fingerprint })
  })

  test('the log of a tenant is a socket that the tenant cannot list with another name, or change', async () => {
    const who = await tenant()
    await connected(who, async (sftp) => {
      expect((await sftp.list('/')).map(({ name }) => name).toSorted()).toEqual(['dev', 'exports'])
      expect((await sftp.list('/dev')).map(({ name }) => name)).toEqual(['log'])
      await expect(sftp.delete('/dev/log')).rejects.toThrow('Permission denied')
      await expect(sftp.get('/dev/log')).rejects.toThrow()
    })
  })

  test('the login that records fetches may call one function, and can read and write nothing else', async () => {
    const who = await tenant()
    const role = await connectAsRole(place.stores.url, 'tidemark_fetches')
    try {
      expect((await role.query("SELECT tidemark.record_fetch('openssh') AS outcome")).rows).toEqual([
        { outcome: 'SEEN' },
      ])
      const tables = await place.stores.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relkind IN ('r', 'v')",
      )
      expect(tables.length).toBeGreaterThan(20)
      const functions = await place.stores.query(
        `SELECT oid::regprocedure::text AS name, has_function_privilege('tidemark_fetches', oid, 'EXECUTE') AS may
         FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace AND prorettype <> 'trigger'::regtype`,
      )
      expect(functions.filter(({ may }) => may).map(({ name }) => String(name).split('(')[0])).toEqual(['record_fetch'])
      for (const statement of [
        ...tables.flatMap(({ relname }) => [
          `SELECT * FROM tidemark."${String(relname)}"`,
          `DELETE FROM tidemark."${String(relname)}"`,
        ]),
        `INSERT INTO tidemark.sftp_key_use VALUES ('${who.delivery.tenantId}', 'x', now())`,
        'CREATE TABLE tidemark.mine ()',
        'SET ROLE tidemark_service',
        'SET ROLE tidemark_app',
      ]) {
        await expect(role.query(statement), statement).rejects.toThrow(/permission denied|does not exist/)
      }
    } finally {
      await role.end()
    }
  })

  test('no password of the recorder is in a log or readable by other users', async () => {
    expect(place.server.log()).not.toContain('password-of-the-recorder')
    const { mode, gid } = await stat(join(place.server.folder, '../state/fetches/pg_service.conf'))
    expect([mode & 0o777, gid]).toEqual([0o640, 2002])
    const environments = await place.server.run(
      "for file in /proc/[0-9]*/status; do [ \"$(awk '/^Uid/ {print $2}' $file)\" = 2002 ] && tr '\\0' '\\n' <${file%status}environ; done; true",
    )
    expect(environments).toContain('SFTP_SYNC_SECONDS')
    expect(environments).not.toMatch(/PASSWORD/)
  })
})

await describeWithDeployedSftp('the OpenSSH server of deploy/sftp without a recorder', () => {
  test('without the password of the recorder, sessions have no log and a root as before', async () => {
    await using place = await startDeployedTenants()
    const { who, key } = await place.tenantWithFile()
    const sftp = await connectSftp(place.login(who.tenantId, key))
    expect((await sftp.list('/')).map(({ name }) => name)).toEqual(['exports'])
    await sftp.end()
    expect(await place.stores.fetches.reports()).toBeUndefined()
  })
})
