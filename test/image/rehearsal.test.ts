import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attack } from '../support/attacks.js'
import { eventually } from '../support/eventually.js'
import { connectSftp } from '../support/sftp/sftp-clients.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { canBuildImages, command } from './docker.js'

const isFull = process.env['IMAGE_REHEARSAL'] === 'full' && (await canBuildImages())
const run = promisify(execFile)
const password = (): string => `${randomBytes(9).toString('hex')}/@#?% "&$x`
const project = 'tidemark-rehearsal'
const ports = { api: 14_000, issuer: 18_443, sftp: 12_222 }

/** The main job through docker-compose.yml, with what no registry gives in place of the cluster and the issuer. */
describe.runIf(isFull)('the containers of docker-compose.yml', () => {
  let folder: string
  let environment: Record<string, string>

  beforeAll(async () => {
    await command('bash', ['test/image/bases.sh', 'full'])
    folder = await mkdtemp(join(tmpdir(), 'tidemark-rehearsal-'))
    await makeIssuer(join(folder, 'issuer'))
    await mkdir(join(folder, 'repository'))
    await command('bash', ['-c', `git ls-files -z | tar --null -T - -c | tar -x -C ${folder}/repository`])
    environment = await settings()
    const cwd = join(folder, 'repository')
    await command('docker', ['build', '--network', 'host', '--tag', 'tidemark', '.'], { cwd })
    await command('docker', ['build', '--network', 'host', '--tag', 'tidemark-sftp', 'deploy/sftp'], { cwd })
    await compose('up', '--detach', '--wait', 'postgres')
    await makeSource()
    await compose('up', '--detach', '--wait', '--wait-timeout', '180')
  })
  afterAll(() => compose('down', '--volumes', '--timeout', '5'))

  const compose = (...args: string[]): Promise<string> => {
    const files = ['--file', 'docker-compose.yml', '--file', 'test/image/compose.yml']
    const cwd = join(folder, 'repository')
    return command('docker', ['compose', '--project-name', project, ...files, ...args], { environment, cwd })
  }

  async function makeIssuer(into: string): Promise<void> {
    await mkdir(into)
    await cp('test/image/issuer.mjs', join(into, 'issuer.mjs'))
    const { privateKey } = generateKeyPairSync('ed25519')
    await writeFile(join(into, 'signing.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
    const make = (name: string, ...more: string[]) =>
      run('openssl', [
        'req',
        '-x509',
        ...kind,
        '-subj',
        `/CN=${name}`,
        ...more,
        '-keyout',
        join(into, `${name}.key`),
        '-out',
        join(into, `${name}.crt`),
      ])
    await make('authority')
    const signed = ['-CA', join(into, 'authority.crt'), '-CAkey', join(into, 'authority.key')]
    await make('server', ...signed, '-addext', 'basicConstraints=CA:FALSE', '-addext', 'subjectAltName=DNS:issuer')
    // For the containers' users. These keys are of no use elsewhere.
    await run('chmod', ['-R', 'a+rX', folder])
  }

  /** `.env` as an operator fills it, with passwords that no program may misread. */
  async function settings(): Promise<Record<string, string>> {
    const example = await readFile('.env.example', 'utf8')
    const empty = Array.from(example.matchAll(/^(\w+_PASSWORD)=$/gm), ([, name]) => name ?? '')
    const passwords = Object.fromEntries(empty.map((name) => [name, password()]))
    const values: Record<string, string> & { SOURCE_DATABASE_PASSWORD: string } = {
      ...passwords,
      OAUTH_ISSUER: 'https://issuer:8443',
      SOURCE_DATABASE_URL: 'postgresql://reader@postgres:5432/platform',
      SOURCE_DATABASE_PASSWORD: password(),
      API_PORT: String(ports.api),
      SFTP_PUBLISHED_PORT: String(ports.sftp),
    }
    const quoted = Object.entries(values).map(([name, value]) => `${name}='${value}'`)
    await writeFile(join(folder, 'repository/.env'), `${example}\n${quoted.join('\n')}\n`)
    return {
      REHEARSAL_FOLDER: folder,
      ISSUER_PORT: String(ports.issuer),
      NODE_VERSION: /^ARG NODE_VERSION=(.+)$/m.exec(await readFile('Dockerfile', 'utf8'))?.[1] ?? '',
      POSTGRES_PASSWORD: values['POSTGRES_PASSWORD'] ?? '',
      SOURCE_DATABASE_PASSWORD: values.SOURCE_DATABASE_PASSWORD,
    }
  }

  const psql = (database: string, script: string): Promise<string> =>
    compose(
      'exec',
      '-T',
      '-e',
      `PGPASSWORD=${environment['POSTGRES_PASSWORD']}`,
      'postgres',
      'psql',
      '-X',
      '-q',
      '-h',
      '127.0.0.1',
      '-U',
      'postgres',
      '-d',
      database,
      '-v',
      'ON_ERROR_STOP=1',
      '-t',
      '-A',
      '-c',
      script,
    )

  async function makeSource(): Promise<void> {
    await psql('postgres', 'CREATE DATABASE platform')
    await psql('platform', 'CREATE SCHEMA analytics; ALTER DATABASE platform SET search_path = analytics')
    for (const name of (await readdir('prisma/source/migrations')).toSorted()) {
      if (name.endsWith('.toml')) continue
      await psql('platform', await readFile(`prisma/source/migrations/${name}/migration.sql`, 'utf8'))
    }
    const secret = (environment['SOURCE_DATABASE_PASSWORD'] ?? '').replaceAll("'", "''")
    await psql(
      'platform',
      `CREATE ROLE reader LOGIN PASSWORD '${secret}'; GRANT USAGE ON SCHEMA analytics TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO reader`,
    )
    await insert(0, 50)
  }

  const insert = (from: number, count: number): Promise<string> =>
    psql(
      'platform',
      `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible)
       SELECT 'acme', 'c' || n, repeat('x', 200), n, true FROM generate_series(${from}, ${from + count - 1}) n`,
    )

  /** Over a certificate that only the containers trust. */
  const token = async (): Promise<string> => {
    const url = `https://127.0.0.1:${ports.issuer}/token?tenant=acme`
    const { access_token: fresh } = JSON.parse(await command('curl', ['--silent', '--insecure', url])) as Record<
      string,
      string
    >
    return fresh ?? ''
  }

  async function ask<T>(query: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${ports.api}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }

  async function runOnce(): Promise<string> {
    const { runDataExport } = await ask<{ runDataExport: { run: { id: string } } }>(
      'mutation { runDataExport { run { id } } }',
    )
    return runDataExport.run.id
  }

  const ended = (id: string): Promise<string> =>
    eventually(
      `run ${id} to end`,
      async () => {
        const { exportRun } = await ask<{ exportRun: { status: string } }>(`{ exportRun(id: "${id}") { status } }`)
        return ['QUEUED', 'RUNNING'].includes(exportRun.status) ? undefined : exportRun.status
      },
      240_000,
    )

  const verified = (): Promise<string> =>
    compose('exec', '-T', 'worker', 'node', 'dist/src/bin/cli.js', 'verify', '--all')
  const key = makeKey('-t', 'ed25519')

  test('on docker compose a tenant registers, adds its key and fetches its files', async () => {
    const { registerDataExport } = await ask<{ registerDataExport: { userErrors: unknown[] } }>(
      'mutation { registerDataExport(input: { entityList: "site category" }) { userErrors { message } } }',
    )
    expect(registerDataExport.userErrors).toEqual([])
    const { addSftpKey } = await ask<{ addSftpKey: { userErrors: unknown[] } }>(
      `mutation { addSftpKey(publicKey: "${key.line}", label: "rehearsal") { userErrors { message } } }`,
    )
    expect(addSftpKey.userErrors).toEqual([])
    expect(await ended(await runOnce())).toBe('SUCCEEDED')
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
    const sftp = await eventually('the account', () =>
      connectSftp({ host: '127.0.0.1', port: ports.sftp, username: 'acme', privateKey: key.privateKey }).catch(
        () => undefined,
      ),
    )
    const names = (await sftp.list(`/exports/acme/${day}`)).map(({ name }) => name)
    await sftp.end()
    expect(names.toSorted()).toEqual(['datapackage.json', 'site_category'])
    expect(await verified()).toContain('No difference.')
  })

  test('on docker compose a run survives restarts of worker and API, and two workers share the next run', async () => {
    attack({ name: 'containers of compose killed and restarted in the middle of a run' })
    await insert(50, 200_000)
    const id = await runOnce()
    await eventually('the run to begin', async () => {
      const { exportRun } = await ask<{ exportRun: { status: string } }>(`{ exportRun(id: "${id}") { status } }`)
      return exportRun.status === 'RUNNING' ? true : undefined
    })
    await compose('kill', 'worker')
    await compose('restart', 'api')
    await compose('up', '--detach', '--wait', '--scale', 'worker=2')
    expect(await ended(id)).toBe('SUCCEEDED')
    await insert(300_000, 20)
    const next = await runOnce()
    await compose('stop', '--timeout', '30', 'worker')
    await compose('up', '--detach', '--wait')
    expect(await ended(next)).toBe('SUCCEEDED')
    expect(await verified()).toContain('No difference.')
  })

  test('docker compose down and up keep all data', async () => {
    attack({ name: 'docker compose down and up' })
    await compose('down', '--timeout', '30')
    await compose('up', '--detach', '--wait', '--wait-timeout', '180')
    await insert(400_000, 5)
    expect(await ended(await runOnce())).toBe('SUCCEEDED')
    expect(await verified()).toContain('No difference.')
  })

  test('on docker compose no log grows without limit, and every volume has a name', async () => {
    const before = (await compose('logs', '--no-log-prefix', 'sftp')).split('\n').length
    await eventually('two health checks', async () => {
      const state = JSON.parse(await command('docker', ['inspect', `${project}-sftp-1`])) as [
        { State: { Health: { Log: unknown[] } } },
      ]
      return state[0].State.Health.Log.length >= 2 ? true : undefined
    })
    const after = (await compose('logs', '--no-log-prefix', 'sftp')).split('\n').length
    expect(after - before).toBeLessThan(3)
    const anonymous = (await command('docker', ['volume', 'ls', '--quiet']))
      .split('\n')
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
    expect(anonymous).toEqual([])
  })
})
