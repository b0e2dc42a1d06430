import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { clientFolder, loaderPython } from './support/python.js'

const python = await loaderPython('the tests of clients/python')

describe.runIf(python)('clients/python', () => {
  test('the tests of the Python package pass', async () => {
    const options = ['-m', 'pytest', '-q', '-rs', '-p', 'no:cacheprovider', '--color=no']
    const { stdout } = await promisify(execFile)(python!.program, options, { cwd: clientFolder }).catch(
      (failure: { stdout: string; stderr: string }) => failure,
    )
    for (const [, reason] of stdout.matchAll(/^SKIPPED \[\d+\] (.*)$/gm)) console.warn(`DID NOT RUN: ${reason}`)
    expect(stdout).toMatch(/\d+ passed/)
    expect(stdout).not.toMatch(/\d+ (failed|error)/)
  }, 600_000)
})
