import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inject } from 'vitest'
import { type Environment, readEnvironment } from '../../../src/config/env.js'
import type { WatchPace } from '../../../src/compose/watch.js'
import type { RunStep } from '../../../src/domain/run-step.js'
import { eventually } from '../../support/eventually.js'

/** A worker in a process of its own whose runs are held at their steps. */
export interface HeldWorker {
  /** Resolves once all tenants' runs are held. */
  allHeld(): Promise<void>
  /** Lets the runs go on. */
  release(): void
  signal(signal: NodeJS.Signals): void
  /** Everything it has written. */
  output(): string
  readonly ended: Promise<void>
}

/** Starts the worker; the caller sees to its end. @param steps by tenant. */
export async function startHeldWorker(
  environment: Environment,
  steps: Readonly<Record<string, RunStep>>,
  pace?: WatchPace,
): Promise<HeldWorker> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const program = fileURLToPath(new URL('./held-worker-program.ts', import.meta.url))
  const { PATH, HOME } = readEnvironment()
  const held = {
    HELD_STEPS: JSON.stringify(steps),
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    ...(pace && { WATCH_PACE: JSON.stringify(pace) }),
  }
  const child: ChildProcess = spawn(process.execPath, ['--import', tsx, program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH, HOME, ...environment, ...held },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => void (output += text))
  }
  // Its last words may come after `exit`.
  const ended = once(child, 'close').then(() => undefined)
  await eventually('the worker to be ready', () => output.includes('"ready":true') || child.exitCode !== null)
  if (child.exitCode !== null) throw new Error(`the worker did not start:\n${output}`)
  return {
    allHeld: async () => {
      for (const [tenantId, step] of Object.entries(steps)) {
        await eventually(`${tenantId} to be held at "${step}":\n${output.slice(-3000)}`, () =>
          output.includes(JSON.stringify({ held: tenantId })),
        )
      }
    },
    release: () => void child.stdin?.write('go\n'),
    signal: (signal) => void child.kill(signal),
    output: () => output,
    ended,
  }
}
