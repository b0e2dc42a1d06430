import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tlsOf, withLibpqModes } from '../../src/config/postgres-tls.js'
import { makePrivateFolder } from '../../dev/machine/private-files.js'
import { type LocalPostgres, startPostgres } from '../../dev/postgres/server.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'
import { createSource } from '../../src/source/source.js'
import { attack } from '../support/attacks.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { eventually } from '../support/eventually.js'
import { allOfWide, makeWideTable } from '../support/postgres/wide-table.js'

const run = promisify(execFile)
const never = new AbortController().signal
const rows = 100_000

const openssl = await commandAvailable('openssl', 'a source over TLS')

describe.runIf(openssl)('a source over TLS', () => {
  let folder: string
  let server: LocalPostgres
  let admin: pg.Client

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-tls-'))
    await makePrivateFolder(folder)
    await Promise.all(['server', 'stranger'].map((name) => makeCertificate(join(folder, name))))
    // Read by one process from the beginning, so that rows come in the same order each time.
    const settings = { max_parallel_workers_per_gather: '0', synchronize_seqscans: 'off' }
    server = await startPostgres({ folder, settings, report: () => undefined })
    admin = new pg.Client({ connectionString: server.url('postgres') })
    await admin.connect()
    await makeWideTable(admin, rows)
    await speakTls()
  })
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
    await removePostgresFolder(folder)
  })

  /** Gives the server its certificate, written by the user of the server, who must own the key. */
  async function speakTls(): Promise<void> {
    for (const part of ['crt', 'key']) {
      const text = await readFile(join(folder, `server.${part}`), 'utf8')
      await admin.query(
        `COPY (SELECT unnest(string_to_array(${admin.escapeLiteral(text.trim())}, E'\\n'))) TO PROGRAM 'umask 077; cat > server.${part}'`,
      )
    }
    await admin.query('ALTER SYSTEM SET ssl = on')
    await admin.query('SELECT pg_reload_conf()')
    await eventually('TLS to be on', async () => (await admin.query(`SHOW ssl`)).rows[0]?.ssl === 'on')
  }

  /** What is read over a connection of these parameters, and whether that has been encrypted. */
  async function read({ host = 'localhost', ...parameters }: Record<string, string>) {
    const url = new URL(server.url('postgres'))
    // The certificate is for `localhost`.
    url.hostname = host
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    await using source = createSource({ url: withLibpqModes(url.href), poolSize: 1, applicationName: 'reader' })
    const hash = createHash('sha256')
    let bytes = 0
    await source.read(allOfWide, never, async ({ blocks }) => {
      for await (const { messages } of blocks) {
        hash.update(messages)
        bytes += messages.length
      }
    })
    const { rows: connections } = await admin.query<{ ssl: boolean }>(
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'reader'`,
    )
    return { hash: hash.digest('hex'), bytes, encrypted: connections.map(({ ssl }) => ssl) }
  }

  test('a source over TLS gives the same rows as without TLS', async () => {
    const plain = await read({})
    expect(plain.bytes).toBeGreaterThan(rows * 300)
    expect(plain.encrypted).toEqual([false])
    const secret = await read({ sslmode: 'verify-full', sslrootcert: join(folder, 'server.crt') })
    expect(secret).toEqual({ ...plain, encrypted: [true] })
  })

  test.each([
    ['disable', undefined, 'localhost', false, 'not encrypted'],
    ['require', undefined, '127.0.0.1', true, "encrypted; the server's certificate is not checked"],
    ['require', 'server', '127.0.0.1', true, "encrypted; the server's certificate is checked, its host name is not"],
    ['verify-ca', 'server', '127.0.0.1', true, "encrypted; the server's certificate is checked, its host name is not"],
    ['verify-full', 'server', 'localhost', true, "encrypted; the server's certificate and host name are checked"],
  ])('sslmode=%s with the certificate %s takes the host %s', async (sslmode, root, host, encrypted, words) => {
    attack({ name: `Postgres over TLS, sslmode=${sslmode}` })
    const parameters = { sslmode, ...(root && { sslrootcert: join(folder, `${root}.crt`) }) }
    expect((await read({ ...parameters, host })).encrypted).toEqual([encrypted])
    expect(tlsOf(`postgresql://app@host/db?${new URLSearchParams(parameters).toString()}`)).toBe(words)
  })

  test.each([
    ['require', 'stranger', 'localhost', /self-signed certificate/],
    ['verify-ca', 'stranger', 'localhost', /self-signed certificate/],
    ['verify-full', 'server', '127.0.0.1', /does not match certificate's altnames/],
    ['verify-full', undefined, 'localhost', /self-signed certificate/],
  ])('sslmode=%s with the certificate %s refuses the host %s', async (sslmode, root, host, why) => {
    attack({ name: `Postgres over TLS with another certificate, sslmode=${sslmode}` })
    const reading = read({ sslmode, host, ...(root && { sslrootcert: join(folder, `${root}.crt`) }) })
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringMatching(why) })
  })

  test('a source with another certificate than the trusted one is not read', async () => {
    const reading = read({ sslmode: 'verify-full', sslrootcert: join(folder, 'stranger.crt') })
    await expect(reading).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
  })
})

/** `<path>.crt`, and its key in `<path>.key`. */
async function makeCertificate(path: string): Promise<void> {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', `${path}.key`, '-out', `${path}.crt`])
}
