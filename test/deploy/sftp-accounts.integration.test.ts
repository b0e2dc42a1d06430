import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createRole, describeWithDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { createTestDatabase } from '../support/postgres/postgres.js'
import { urlFor } from '../../dev/postgres/logins.js'

const accounts = fileURLToPath(new URL('../../deploy/sftp/accounts.sh', import.meta.url))
const run = promisify(execFile)

/** Calls a function of accounts.sh. */
async function accountsScript(state: string, ...call: readonly string[]): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, SFTP_STATE: state }
  return run('bash', ['-c', `source "$0" && "$@"`, accounts, ...call], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  )
}

/** Runs a script that may change the accounts and groups of this machine: of a copy, which only the script sees. */
async function onCopyOfEtc(script: string): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'tidemark-etc-'))
  try {
    await chmod(base, 0o755)
    const mounted = `cp -r /etc ${base}/etc && mount --bind ${base}/etc /etc\n${script}`
    const env = { ...process.env, SFTP_STATE: base, SFTP_DATA: join(base, 'data') }
    const namespace = ['--mount', '--propagation', 'private']
    return (await run('unshare', [...namespace, 'bash', '--norc', '-euc', mounted], { env })).stdout
  } finally {
    await rm(base, { recursive: true })
  }
}

await describeWithDeployedSftp('the scripts of deploy/sftp', () => {
  test('a system account is never taken for a tenant, whatever its number', async () => {
    const state = await mkdtemp(join(tmpdir(), 'tidemark-ids-'))
    await writeFile(join(state, 'ids'), 'nobody 65534\nacme 3001\nstaff 3002\n')
    const accepted = async (name: string) => (await accountsScript(state, 'is_tenant_name', name)).code === 0
    const names = ['nobody', 'root', 'daemon', 'staff', 'a..b', 'acme.', '_acme', '_sftp-writers', 'acme', 'Acme.EU']
    const answers = await Promise.all(names.map(accepted))
    await rm(state, { recursive: true })
    expect(answers).toEqual([false, false, false, false, false, false, false, false, true, true])
  })

  test("the number of a tenant's account belongs to no other account of the machine", async () => {
    const script = `
      echo 'acme 3000' >$SFTP_STATE/ids
      echo 'somebody:x:3001:3001::/:/bin/sh' >>/etc/passwd
      echo 'some:x:3002:' >>/etc/group
      source ${accounts}
      id_of globex
      id_of acme`
    expect(await onCopyOfEtc(script)).toBe('3003\n3000\n')
  })

  test('accounts of earlier releases get new names, and other users of the machine keep theirs', async () => {
    const groups = await onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys && echo 'acme 3000' >$SFTP_STATE/ids
      echo 'its key' >$SFTP_STATE/authorized_keys/tidemark
      printf '%s:*:%s:%s::/:/usr/sbin/nologin\\n' tidemark 2000 2000 tidemark-keys 2001 2001 acme 3000 3000 >>/etc/passwd
      printf '%s:x:%s\\n' tidemark 2000: tidemark-keys 2001: sftp-writers 1998:tidemark sftp-tenants 1999:acme \
        sftp-keys 1997:tidemark-keys acme 3000: sftp-writers 1500:somebody >>/etc/group
      bash $(dirname ${accounts})/prepare.sh >/dev/null
      grep -E '(tidemark|sftp-|acme)' /etc/group
      grep -E '(tidemark|acme)' /etc/passwd
      cat $SFTP_STATE/authorized_keys/_tidemark`)
    expect(groups.trim().split('\n')).toEqual([
      'acme:x:3000:',
      'sftp-writers:x:1500:somebody',
      '_tidemark:x:2000:',
      '_tidemark-keys:x:2001:',
      '_sftp-keys:x:1997:_tidemark-keys',
      '_sftp-writers:x:1998:_tidemark',
      '_sftp-tenants:x:1999:acme',
      'acme:*:3000:3000::/:/usr/sbin/nologin',
      '_tidemark:*:2000:2000::/:/usr/sbin/nologin',
      '_tidemark-keys:*:2001:2001::/:/usr/sbin/nologin',
      'its key',
    ])
  })

  test('the SFTP server refuses to start with a placeholder as its database password', async () => {
    const start = onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys
      PGHOST=db PGPASSWORD=change-me-too bash $(dirname ${accounts})/prepare.sh`)
    await expect(start).rejects.toThrow('PGPASSWORD is a placeholder')
  })

  test('the SFTP server reads its database password from a file', async () => {
    const service = await onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys && echo 'of # a / file' >$SFTP_STATE/password
      PGHOST=db PGPASSWORD_FILE=$SFTP_STATE/password bash $(dirname ${accounts})/prepare.sh
      cat $SFTP_STATE/pg_service.conf`)
    expect(service).toContain('\npassword=of # a / file\n')
  })

  test.each([
    ['a folder when its owner is about to be changed', 'chown', 'day/user.csv', 'mv day away && ln -s ../victims day'],
    ['a file when its mode is about to be changed', 'chmod', 'site.csv', 'ln -sf ../victims/site.csv site.csv'],
  ])('root follows no link that the writer puts in place of %s', async (_what, program, victim, swap) => {
    const base = await mkdtemp(join(tmpdir(), 'tidemark-links-'))
    await chmod(base, 0o755)
    for (const path of ['folder/day', 'victims', 'programs']) await mkdir(join(base, path), { recursive: true })
    for (const path of ['day/user.csv', 'site.csv']) await writeFile(join(base, 'folder', path), 'rows')
    const file = join(base, 'victims', basename(victim))
    await writeFile(file, 'secret', { mode: 0o600 })
    // As if the writer had been faster.
    const script = `#!/bin/sh
      case "$*" in *${basename(victim)}*) (cd ${base}/folder && [ ! -h ${victim.split('/')[0]} ] && ${swap}) ;; esac
      exec /bin/${program} "$@"`
    await writeFile(join(base, 'programs', program), script, { mode: 0o755 })
    await accountsScript(base, 'eval', `PATH=${base}/programs:$PATH; give ${base}/folder 3000`)
    const { uid, mode } = await stat(file)
    const swapped = await readlink(join(base, 'folder', victim.split('/')[0] ?? ''))
    await rm(base, { recursive: true })
    expect({ uid, mode: mode & 0o777, swapped }).toEqual({
      uid: 0,
      mode: 0o600,
      swapped: expect.stringContaining('victims'),
    })
  })

  test('an owner of the tables who is no superuser can make the role of the SFTP server, and make it again', async () => {
    await using empty = await createTestDatabase()
    const admin = new pg.Client({ connectionString: empty.url })
    await admin.connect()
    const [owner, role] = [randomUUID(), randomUUID()].map((id) => `test_${id.replaceAll('-', '')}`) as [string, string]
    await admin.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'of the owner'`)
    await admin.query(`CREATE SCHEMA tidemark AUTHORIZATION ${owner}`)
    try {
      const ownerUrl = urlFor(empty.url, { username: owner, password: 'of the owner' })
      const asOwner = new pg.Client({ connectionString: ownerUrl })
      await asOwner.connect()
      await asOwner.query(`CREATE FUNCTION tidemark.authorized_keys(TEXT, TEXT) RETURNS TEXT RETURN 'key';
        CREATE FUNCTION tidemark.sftp_tenants() RETURNS TEXT RETURN 'tenant'`)
      await asOwner.end()
      for (const _time of ['once', 'again']) await createRole(ownerUrl, role)
      const { rows } = await admin.query(
        `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolinherit AS much, rolcanlogin
         FROM pg_roles WHERE rolname = '${role}'`,
      )
      expect(rows).toEqual([{ much: false, rolcanlogin: true }])
    } finally {
      for (const each of [role, owner]) {
        await admin.query(`DROP OWNED BY ${each} CASCADE`).catch(() => undefined)
        await admin.query(`DROP ROLE IF EXISTS ${each}`)
      }
      await admin.end()
    }
  })
})
