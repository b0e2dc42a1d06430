import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../../../src/config/env.js'
import { searchAttributes } from '../../../src/contracts.js'
import { findTemporalCli } from '../../../dev/temporal/cli.js'
import { type LocalTemporal, startTemporal } from '../../../dev/temporal/server.js'

/** A Temporal server of the test's own, which may be killed: its address and its state outlast that. */
export interface TemporalPlace extends AsyncDisposable {
  readonly address: string
  /** As when the machine goes: nothing is put in order. */
  kill(): Promise<void>
  /** After {@link kill}. */
  start(): Promise<void>
  /** After {@link kill}: starts another server at the address, which knows nothing. */
  startEmpty(): Promise<void>
}

export async function startTemporalPlace(): Promise<TemporalPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-temporal-'))
  const report = (): void => undefined
  const cliPath = await findTemporalCli({ environment: readEnvironment(), report })
  const launch = (): Promise<LocalTemporal> =>
    startTemporal({ cliPath, folder, namespace: 'default', searchAttributes, report })
  let server = await launch()
  return {
    address: server.address,
    kill: async () => {
      process.kill(Number(await readFile(join(folder, 'temporal.pid'), 'utf8')), 'SIGKILL')
      await server.exited
    },
    start: async () => {
      server = await launch()
    },
    startEmpty: async () => {
      for (const name of await readdir(folder)) {
        if (name.startsWith('temporal.db')) await rm(join(folder, name))
      }
      server = await launch()
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}
