import { onTestFinished } from 'vitest'
import type { World } from '../world/world.js'

/** Holds up whoever reads a table of the source, until it is released or the test is over. */
export async function holdTable(world: World, table: string): Promise<{ release(): Promise<void> }> {
  const client = await world.connect()
  await client.query(`BEGIN; LOCK TABLE analytics."${table}" IN ACCESS EXCLUSIVE MODE`)
  const release = async (): Promise<void> => {
    await client.query('ROLLBACK')
  }
  onTestFinished(release)
  return { release }
}
