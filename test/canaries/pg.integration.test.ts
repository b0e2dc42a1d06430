import { Socket } from 'node:net'
import pg, { type Connection, type Submittable } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

let database: TestDatabase
let client: pg.Client
const reported: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  client.connection.on('parameterStatus', ({ parameterName }: { parameterName: string }) =>
    reported.push(parameterName),
  )
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database[Symbol.asyncDispose]()
})

test('pg reports the settings of the server as parameterStatus while it logs in', () => {
  expect(reported).toContain('server_version')
})

interface Wire {
  readonly stream: Socket
  parse(query: object): void
  bind(values: object): void
  execute(portal: object): void
  sync(): void
}

test('a query of pg of our own gets the wire of the connection, and pg reads the socket by listeners of data', async () => {
  const heard: string[] = []
  const listeners: number[] = []
  await new Promise<void>((resolve, reject) => {
    const query = {
      submit(connection: Connection) {
        const wire = connection as unknown as Wire
        expect(wire.stream).toBeInstanceOf(Socket)
        listeners.push(wire.stream.listenerCount('data'))
        wire.parse({ text: 'SELECT $1::int AS one', name: '' })
        wire.bind({ values: ['1'] })
        wire.execute({})
        wire.sync()
      },
      handleDataRow: () => heard.push('row'),
      handleCommandComplete: ({ text }: { text: string }) => heard.push(text),
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    }
    client.query(query as Submittable)
  })
  expect(heard).toEqual(['row', 'SELECT 1'])
  expect(listeners).toEqual([1])
})
