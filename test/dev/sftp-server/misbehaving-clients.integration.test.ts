import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { closeOf } from '../../support/close-of.js'
import { connectSsh, openRawSftp, packet, uint32 } from '../../support/sftp/sftp-clients.js'
import { asWriter, client, names, openFiles, put, rawStatus, server, useSftpServer } from '../support/sftp-server.js'

useSftpServer()

describe('clients that misbehave', () => {
  test('the embedded server closes the files of a client that vanishes', async () => {
    await put('f', 'x')
    const ssh = await connectSsh(asWriter())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3)]))
    for (let id = 1; id <= 10; id += 1) channel.write(packet(3, id, '/f', 1, 0))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(10), { timeout: 10_000 })
    ssh.destroy()
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('the embedded server closes the files of a channel that ends while its connection stays', async () => {
    await put('f', 'x')
    const ssh = await connectSsh(asWriter())
    onTestFinished(() => void ssh.end())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 1, 0)]))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(1), { timeout: 10_000 })
    const closed = closeOf(channel.resume())
    channel.end()
    await closed
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('a channel opens at most 256 handles, and unknown handles are answered as failures', async () => {
    await put('f', 'x')
    const opens = Array.from({ length: 257 }, (_, index) => packet(3, index, '/f', 1, 0))
    expect(await rawStatus(asWriter(), ...opens)).toBe(4)
    expect(await rawStatus(asWriter(), packet(4, 1, uint32(99)))).toBe(4)
    expect(await rawStatus(asWriter(), packet(5, 1, 'no handle of ours', 0, 0, 10))).toBe(4)
    expect(await rawStatus(asWriter(), packet(12, 1, ''))).toBe(4)
  })

  test.each<[string, Buffer]>([
    ['a packet of unknown type', packet(99, 1)],
    ['a packet that is too long', uint32(0x7fffffff)],
    ['a packet of a negative length', Buffer.concat([uint32(0xffffffff), Buffer.of(3)])],
    ['a packet without content', uint32(0)],
    ['a string that ends too late', Buffer.concat([uint32(13), Buffer.of(17), uint32(1), uint32(1000), uint32(0)])],
    ['noise', randomBytes(4096)],
  ])('a connection that sends %s is ended, and the next one is served', async (_what, bytes) => {
    const ssh = await connectSsh(asWriter())
    const closed = closeOf(ssh)
    const channel = await openRawSftp(ssh)
    channel.on('error', () => undefined)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), bytes]))
    await closed
    expect(await names(await client(asWriter()), '/')).toEqual([])
  })

  test('the embedded server survives bytes that are not SSH', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), randomBytes(100_000), Buffer.alloc(0)]) {
      const socket = connect(server.port, server.host).on('error', () => undefined)
      await once(socket, 'connect')
      socket.end(bytes).resume()
      await closeOf(socket)
    }
    expect(await names(await client(asWriter()), '/')).toEqual([])
  })

  test('a client that requests data and never reads it is disconnected', async () => {
    await put('f', Buffer.alloc(1024 * 1024))
    const ssh = await connectSsh(asWriter())
    const closed = closeOf(ssh)
    const channel = await openRawSftp(ssh)
    channel.on('error', () => undefined)
    channel.pause()
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 1, 0)]))
    const reads = Array.from({ length: 2000 }, (_, index) => packet(5, index, uint32(1), 0, 0, 255 * 1024))
    channel.write(Buffer.concat(reads))
    await closed
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('a path with a NUL and a path that is too long are answered as failures', async () => {
    expect(await rawStatus(asWriter(), packet(17, 1, '/a\0b'))).toBe(4)
    expect(await rawStatus(asWriter(), packet(17, 1, `/${'x'.repeat(5000)}`))).toBe(4)
  })
})

describe('stopping', () => {
  test('stopping the embedded server ends all connections, also silent ones, and closes every file', async () => {
    await put('f', 'x')
    const silent = connect(server.port, server.host).on('error', () => undefined)
    await once(silent.resume(), 'connect')
    const ssh = await connectSsh(asWriter())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 3, 0)]))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(1), { timeout: 10_000 })
    const ended = Promise.all([closeOf(silent), closeOf(ssh)])
    await server.stop()
    expect(await openFiles()).toEqual([])
    await ended
    await expect(connectSsh(asWriter())).rejects.toThrow('ECONNREFUSED')
  })
})
