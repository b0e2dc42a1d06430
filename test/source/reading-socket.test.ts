import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ReadingSocket } from '../../src/source/reading-socket.js'

test.each([
  { lends: false, first: 'first!' },
  { lends: true, first: 'second' },
])('a listener keeps a chunk unchanged unless it is lent (lends: $lends)', async ({ lends, first }) => {
  const server = createServer((peer) => {
    peer.on('data', (name) => peer.write(name))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = ReadingSocket.create()
  socket.lends = lends
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
  const kept: Buffer[] = []
  for (const name of ['first!', 'second']) {
    socket.write(name)
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    expect(bytes.toString()).toBe(name)
    kept.push(bytes)
  }
  expect(kept[0]?.toString()).toBe(first)
  expect(socket.bytesRead).toBe(12)
  socket.destroy()
  server.close()
  await once(server, 'close')
})
