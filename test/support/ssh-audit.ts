import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'

const run = promisify(execFile)

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
