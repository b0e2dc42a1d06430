import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import {
  removeStackEnvironment,
  stackEnvironmentFile,
  writeStackEnvironment,
} from '../../dev/stack/stack-environment.js'

test('the environment file of a stack has only Tidemark’s variables, is readable only by its owner, and is removed at the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const environment = {
    DATABASE_URL: 'postgresql://user:it\'s "so"#?&=@host/db',
    SFTP_PRIVATE_KEY: '-----BEGIN KEY-----\nabc=\n-----END KEY-----\n',
    SFTP_PASSWORD_FILE: '/a folder/with $HOME\\n',
    OAUTH_AUDIENCE: '',
  }
  await writeStackEnvironment(folder, { ...environment, HOME: '/root', SFTP_HOST: undefined })
  const file = stackEnvironmentFile(folder)
  expect(parseEnv(await readFile(file, 'utf8'))).toEqual(environment)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await removeStackEnvironment(folder)
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
})
