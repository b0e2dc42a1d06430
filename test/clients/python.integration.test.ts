import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/env.js'
import { runsIf } from '../support/programs/command-available.js'
import { createTestDatabase } from '../support/postgres/postgres.js'
import { clientFolder, loaderPython } from './support/python.js'

const python = await loaderPython('the tests of clients/python')

describe.runIf(python)('clients/python', () => {
  test('the tests of the Python package pass, and its recipes keep NULL and the empty string apart', async () => {
    await using warehouse = await createTestDatabase()
    const options = ['-m', 'pytest', '-q', '-rs', '-p', 'no:cacheprovider', '--color=no']
    const env = { ...readEnvironment(), WAREHOUSE: warehouse.url, PYTHONDONTWRITEBYTECODE: '1' }
    const { stdout } = await promisify(execFile)(python!.program, options, { cwd: clientFolder, env }).catch(
      (failure: { stdout: string; stderr: string }) => failure,
    )
    for (const [, reason] of stdout.matchAll(/^SKIPPED \[\d+\] (.*)$/gm)) runsIf(false, 'a recipe', reason ?? '')
    expect(stdout).toMatch(/\d+ passed/)
    expect(stdout).not.toMatch(/\d+ (failed|error)/)
  }, 600_000)
})
