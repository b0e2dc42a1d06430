import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { apiClient } from '../../dev/demo/api-client.js'
import { resetStack } from '../../dev/stack/reset.js'
import { exampleTenant, type Stack, startStack } from '../../dev/stack/stack.js'
import { readEnvironment } from '../../src/config/env.js'
import { scheduleId } from '../../src/contracts.js'
import { executedFiles } from './executed-files.js'

export interface Walks {
  /** The files that one `registerDataExport` runs through. */
  readonly mutation: readonly string[]
  /** The files that one scheduled run with a delta and a full load runs through, without the workflow's own. */
  readonly run: readonly string[]
}

/** Starts the local stack and follows a mutation and a run through the files. */
export async function followWalks(root: string): Promise<Walks> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-structure-'))
  const report = (): void => undefined
  const runs = new EventEmitter()
  try {
    await using stack = await startStack({
      folder,
      environment: readEnvironment(),
      sampleRows: 500,
      report,
      signal: new AbortController().signal,
      onRunFinished: (run) => runs.emit('finished', run),
    })
    const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(exampleTenant))
    const run = async (): Promise<void> => {
      await Promise.all([once(runs, 'finished'), triggerSchedule(stack)])
    }
    await api.register({ exportOption: 'EXPORT_SELECTED', entityList: 'user' })
    await run()
    const mutation = await executedFiles(root, async () => {
      await api.register({ exportOption: 'EXPORT_SELECTED', entityList: 'user, site' })
    })
    return { mutation, run: await executedFiles(root, run) }
  } finally {
    await resetStack(folder, report)
    await rm(folder, { recursive: true })
  }
}

async function triggerSchedule({ config }: Stack): Promise<void> {
  const connection = await Connection.connect({ address: config.temporal.address })
  const { schedule } = new Client({ connection, namespace: config.temporal.namespace })
  await schedule.getHandle(scheduleId(exampleTenant)).trigger()
  await connection.close()
}
