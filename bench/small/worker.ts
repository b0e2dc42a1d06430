import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '../../test/support/eventually.js'
import { freePort } from '../../test/support/sftp/openssh.js'
import { type Environment, readEnvironment } from '../../src/config/env.js'
import type { Tree } from './tree.js'

/** The program of the image, in a process of its own. */
export interface BuiltWorker {
  readonly pid: number
  /** Lets it end what it does. Does nothing after {@link kill}. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** @param nodeFlags beside those of docker-compose.yml */
export async function startBuiltWorker(
  { root, workerArguments, environment: ofImage }: Tree,
  environment: Environment,
  nodeFlags: readonly string[] = [],
): Promise<BuiltWorker> {
  const address = `127.0.0.1:${await freePort()}`
  const { PATH, HOME } = readEnvironment()
  const child = spawn(process.execPath, [...nodeFlags, ...workerArguments], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, HOME, ...ofImage, ...environment, HEALTH_ADDRESS: address },
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const ended = once(child, 'close').then(() => process.off('exit', killWithUs))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)))
  await eventually('the worker to take tasks', async () => {
    if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}: ${errors}`)
    return (await fetch(`http://${address}/healthz`).catch(() => undefined))?.ok === true
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}
