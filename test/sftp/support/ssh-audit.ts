import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { commandAvailable, runsIf } from '../../support/programs/command-available.js'

const run = promisify(execFile)

/** Whether ssh-audit is on this machine, in a version that can leave out the test of how many connections are taken. */
export async function isSshAuditAvailable(): Promise<boolean> {
  const tests = 'what ssh-audit says of the SFTP servers'
  if (!(await commandAvailable('ssh-audit', tests))) return false
  const help = await run('ssh-audit', ['--help']).catch((error: { stdout?: string; stderr?: string }) => error)
  const isNew = `${help.stdout}${help.stderr}`.includes('--skip-rate-test')
  return runsIf(isNew, tests, 'this ssh-audit has no --skip-rate-test; version 3.2 has')
}

/** What ssh-audit warns of, one line each. */
export async function warningsOf({ host, port }: { host: string; port: number }): Promise<string[]> {
  const arguments_ = ['--no-colors', '--skip-rate-test', '-p', String(port), host]
  const report = await run('ssh-audit', arguments_).catch((error: { stdout?: string }) => {
    // It exits with the gravity of what it found.
    if (!error.stdout) throw error
    return { stdout: error.stdout }
  })
  expect(report.stdout).toContain('# key exchange algorithms')
  return report.stdout.split('\n').filter((line) => /\[(warn|fail)\]/.test(line))
}
