import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { askSftp } from '../support/sftp/ask-sftp.js'
import { noteInput } from './support/inputs.js'
import { answerTo } from './support/ssh-attacks.js'

/** Talks to whoever connects, as fast as they take it, until they go. Gives how much they took. */
async function startTalker(first: string, line: string) {
  let sent = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const talk = (): void => {
      let more = true
      while (more && !socket.destroyed) {
        more = socket.write(line)
        sent += line.length
      }
    }
    socket.on('drain', talk)
    socket.write(first)
    talk()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    end: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

test.each([
  ['an endless banner', '', `${'welcome '.repeat(20)}\r\n`],
  ['an endless line', '', 'welcome '.repeat(1000)],
  ['an endless stream of zeros after its name', 'SSH-2.0-OpenSSH_9.9\r\n', '\0'.repeat(64 * 1024)],
  ['an endless stream of noise after its name', 'SSH-2.0-OpenSSH_9.9\r\n', '\u007fx'.repeat(32 * 1024)],
  ['a page of HTML', 'HTTP/1.1 200 OK\r\n\r\n', '<p>\r\n'.repeat(1000)],
])('a server that sends %s is given up as unavailable', async (input, first, line) => {
  const talker = await startTalker(first, line)
  const target = createSftpTarget({
    host: '127.0.0.1',
    port: talker.port,
    username: 'x',
    auth: { kind: 'password', password: 'x' },
    hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`],
    root: '',
    connectMs: 3_000,
  })
  const answer = await answerTo(() => askSftp(target))
  noteInput(`to our client: ${input}`, `${answer}; it took ${(talker.sent() / 1_000_000).toFixed(1)} MB at the most`)
  await expect(askSftp(target)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
  // Two attempts, with what lies in the buffers of both ends.
  expect(talker.sent()).toBeLessThan(16_000_000)
  await target[Symbol.asyncDispose]()
  await talker.end()
})
