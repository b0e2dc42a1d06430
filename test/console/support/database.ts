import { Client } from 'pg'
import type { ConsoleStack } from './console-stack.js'

/** Does in the database of the stack what time, or somebody hostile, would do. */
export async function runInDatabase({ stack }: ConsoleStack, sql: string, values?: unknown[]): Promise<void> {
  const client = new Client(stack.connection.databaseUrl)
  await client.connect()
  try {
    await client.query('SET ROLE NONE')
    await client.query(sql, values)
  } finally {
    await client.end()
  }
}
