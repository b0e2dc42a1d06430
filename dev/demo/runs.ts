import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { scheduleId } from '../../src/contracts.js'
import type { Stack } from '../stack/stack.js'
import type { RunReport } from './api-client.js'

const runLimitMs = 5 * 60 * 1000
/** A clock may have been changed between two boundaries. */
const marginMs = 2 * 60 * 60 * 1000

/** Triggers the scheduled run near a time in the past. Two runs on one day would write the same file. */
export async function runScheduleAt({ config }: Stack, tenantId: string, near: Date): Promise<void> {
  const connection = await Connection.connect({ address: config.temporal.address })
  try {
    const client = new Client({ connection, namespace: config.temporal.namespace })
    await client.schedule.getHandle(scheduleId(tenantId)).backfill({
      start: new Date(near.getTime() - marginMs),
      end: new Date(near.getTime() + marginMs),
      overlap: 'BUFFER_ALL',
    })
  } finally {
    await connection.close()
  }
}

/** Waits until a run has ended. @throws if it fails or takes too long */
export async function finished(look: () => Promise<RunReport | undefined>): Promise<RunReport> {
  const giveUp = Date.now() + runLimitMs
  for (;;) {
    const run = await look()
    if (run?.status === 'SUCCEEDED') return run
    if (run?.finishedAt) throw new Error(`The run ended with the status ${run.status}: ${JSON.stringify(run.entities)}`)
    if (Date.now() > giveUp) throw new Error(`The run did not end within ${runLimitMs / 60_000} minutes.`)
    await delay(200)
  }
}
