import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/env.js'
import { resetStack } from '../../dev/stack/reset.js'
import { type Stack, startStack } from '../../dev/stack/stack.js'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { noteInput } from './support/inputs.js'
import { openToOthers } from './support/open-to-others.js'
import { answerTo } from './support/ssh-attacks.js'

const never = new AbortController().signal
const path = '/exports/acme/2026/11/25/user/user.csv'
const isRoot = process.getuid?.() === 0

let home: string
let stack: Stack
beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'tidemark-folder-')))
  const { PATH, HOME, TEMPORAL_CLI_PATH } = readEnvironment()
  const environment = { PATH, HOME, TEMPORAL_CLI_PATH }
  stack = await startStack({ folder: home, environment, sampleRows: 1000, report: () => undefined, signal: never })
  await using writer = createSftpTarget(stack.config.sftp)
  await writer.session(never, async (files) => void (await files.upload(path, content())))
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await resetStack(home, () => undefined)
  await rm(home, { recursive: true })
})

async function* content(): AsyncGenerator<Buffer> {
  yield Buffer.from('code,email\n1,a@example.com\n')
}

test("nothing in the local stack's folder is open to other users of the machine", async () => {
  const open = await openToOthers(home)
  noteInput('files and folders of the local stack that others may read', open.join(' ') || 'none')
  expect(open).toEqual([])
})

test.runIf(isRoot)("another user of the machine can't read delivered files or the log of the local stack", async () => {
  for (const file of [join(home, 'sftp', path), stack.logFile]) {
    const answer = await answerTo(async () => {
      const { stdout } = await promisify(execFile)('cat', [file], { uid: 65_534, gid: 65_534, cwd: '/' })
      return stdout
    })
    noteInput(`another user reads ${file.slice(home.length + 1)}`, answer.split('\n').at(-2) ?? answer)
    expect(answer).toContain('Permission denied')
  }
})

test.runIf(isRoot)("the embedded Postgres of root can't read delivered files, even for its superuser", async () => {
  const client = new pg.Client({ connectionString: stack.connection.databaseUrl })
  await client.connect()
  try {
    const answer = await answerTo(() => client.query('SELECT pg_read_file($1)', [join(home, 'sftp', path)]))
    noteInput('Postgres reads a delivered file', answer.replace(home, '.tidemark'))
    expect(answer).toContain('Permission denied')
  } finally {
    await client.end()
  }
})
