import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'

test('Node keeps the answer that is under way in _httpMessage of its socket', async () => {
  const server = createServer((request, response) => {
    const socket = request.socket as Socket & { _httpMessage?: unknown }
    response.end(String(socket._httpMessage === response && !response.headersSent))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('true')
})
