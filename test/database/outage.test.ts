import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/client.js'
import { withTypedErrors } from '../../src/database/errors.js'
import { createLedgerStore } from '../../src/database/deliveries/ledger-store.js'
import { createRegistrationStore } from '../../src/database/registration-store.js'
import { startProgram } from '../support/programs/program.js'

/** A server at a port of its own that does this with each connection. Gives its `host:port`. */
async function serverThat(answers: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    answers(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Postgres' ErrorResponse: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function refusal(state: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

const refusing = (state: string, message: string) => () =>
  serverThat((socket) => socket.once('data', () => socket.end(refusal(state, message))))

const outages = [
  ['whose name does not resolve', () => Promise.resolve('postgres.invalid:5432')],
  ['at a port where nothing listens', () => Promise.resolve('127.0.0.1:1')],
  ['that closes each connection', () => serverThat((socket) => socket.end())],
  ['that resets each connection', () => serverThat((socket) => socket.resetAndDestroy())],
  ['that starts up', refusing('57P03', 'the database system is starting up')],
  ['that shuts down', refusing('57P03', 'the database system is shutting down')],
  ['that has no connection left', refusing('53300', 'sorry, too many clients already')],
] as const

test.each(outages)('a database %s is DATABASE_UNAVAILABLE for each kind of call', async (_, place) => {
  const database = openDatabase({ url: `postgresql://tidemark_app:x@${await place()}/tidemark`, poolSize: 1 })
  onTestFinished(() => database.close())
  const store = withTypedErrors({
    inTransaction: () => database.forTenant('acme', (transaction) => transaction.run.count()),
  })
  const unavailable = { name: 'ExportError', code: 'DATABASE_UNAVAILABLE' }
  await expect(store.inTransaction()).rejects.toMatchObject(unavailable)
  await expect(createLedgerStore(database).tenants()).rejects.toMatchObject(unavailable)
  await expect(createRegistrationStore(database).find('acme')).rejects.toMatchObject(unavailable)
})

test.each(outages)('a command that needs a database %s says so in one line, with code 5', async (_, place) => {
  const url = `postgresql://tidemark_app:not-shown@${await place()}/tidemark`
  for (const args of [['migrate'], ['authorized-keys', 'acme']]) {
    const command = startProgram('cli', args, { DATABASE_URL: url, DATABASE_OWNER_URL: url.replace('_app', '_owner') })
    expect(await command.exitCode()).toBe(5)
    expect(command.output()).toMatch(
      /^(The migrations did not run|Tidemark's database did not answer)[^\n]*: [^\n]+\n$/,
    )
    expect(command.output()).not.toContain('not-shown')
    expect(command.result()).toBe('')
  }
})
