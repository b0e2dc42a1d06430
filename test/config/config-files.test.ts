import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { fileVariables } from '../../src/config/file-variables.js'
import { loadMigrationConfig } from '../../src/config/migration-config.js'
import { variables } from '../../src/config/variables.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { fingerprint, least, privateKey, problemsOf } from './support/least.js'

describe('with files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-config-'))
    await writeFile(join(folder, 'key'), privateKey)
    await writeFile(join(folder, 'fingerprint'), `${fingerprint}\nSHA256:${'b'.repeat(43)}\n`)
    await writeFile(join(folder, 'empty'), '\n')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('secrets are read from their files', () => {
    const { sftp } = loadConfig({
      ...least,
      SFTP_PASSWORD: undefined,
      SFTP_PRIVATE_KEY_FILE: join(folder, 'key'),
      SFTP_HOST_KEY_FINGERPRINT: undefined,
      SFTP_HOST_KEY_FINGERPRINT_FILE: join(folder, 'fingerprint'),
    })
    expect(sftp.auth).toMatchObject({ privateKey: privateKey.trim() })
    expect(sftp.hostKeyFingerprints).toEqual([fingerprint, `SHA256:${'b'.repeat(43)}`])
  })

  test('every secret may come from a file', async () => {
    const url = (user: string) => `postgresql://${user}:of-${user}@localhost/tidemark`
    const secrets = {
      DATABASE_URL: url('app'),
      SOURCE_DATABASE_URL: url('reader'),
      TEMPORAL_API_KEY: 'the key',
      SFTP_PRIVATE_KEY: makeKey('-t', 'ed25519', '-N', 'its passphrase').privateKey,
      SFTP_PRIVATE_KEY_PASSPHRASE: 'its passphrase',
      SFTP_HOST_KEY_FINGERPRINT: fingerprint,
      ALERT_WEBHOOK_URL: 'https://hooks.example/secret',
    }
    const environment: Record<string, string | undefined> = { ...least, SFTP_PASSWORD: undefined }
    for (const [name, value] of Object.entries(secrets)) {
      await writeFile(join(folder, name), `${value.trimEnd()}\n`)
      environment[name] = undefined
      environment[`${name}_FILE`] = join(folder, name)
    }
    const given = { ...least, SFTP_PASSWORD: undefined, ...secrets }
    expect(loadConfig(environment)).toEqual(loadConfig(given))
    expect(
      loadMigrationConfig({ DATABASE_URL_FILE: join(folder, 'DATABASE_URL'), DATABASE_OWNER_URL: url('owner') }),
    ).toEqual({ ownerUrl: url('owner'), serviceUrl: url('app'), serviceLogin: 'app' })
  })

  test('every variable that names a file belongs to a secret', () => {
    const secrets = Object.keys(variables.shape).filter((name) => /PASS|KEY|SECRET|TOKEN|DATABASE.*URL/.test(name))
    expect(secrets.filter((name) => !(fileVariables as readonly string[]).includes(name))).toEqual([])
  })

  test('each problem of a file is reported once', () => {
    const problems = problemsOf({
      ...least,
      SFTP_PASSWORD_FILE: join(folder, 'key'),
      SFTP_HOST_KEY_FINGERPRINT: undefined,
      SFTP_HOST_KEY_FINGERPRINT_FILE: join(folder, 'nowhere'),
    })
    expect(problems).toEqual([
      'SFTP_PASSWORD is given twice: leave out SFTP_PASSWORD or SFTP_PASSWORD_FILE',
      expect.stringMatching(/^SFTP_HOST_KEY_FINGERPRINT can't be read from SFTP_HOST_KEY_FINGERPRINT_FILE: ENOENT/),
    ])
    const empty = { ...least, SFTP_PASSWORD: undefined, SFTP_PASSWORD_FILE: join(folder, 'empty') }
    expect(problemsOf(empty)).toEqual(['SFTP_PASSWORD is empty in the file that SFTP_PASSWORD_FILE names'])
  })
})
