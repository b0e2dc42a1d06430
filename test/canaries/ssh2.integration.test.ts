import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ssh2 from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { expect, onTestFinished, test } from 'vitest'
import { startSftpServer } from '../../dev/sftp-server/server.js'
import { openChannel } from '../../src/sftp/open-channel.js'
import { isOpenSsh, requestBytes } from '../../src/sftp/packets.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startOpenSsh } from '../support/sftp/openssh.js'

const require = createRequire(import.meta.url)

function sftpOf(client: SftpClient): ssh2.Client {
  return (client as unknown as { client: ssh2.Client }).client
}

const furtherChannel = (client: SftpClient, first: ssh2.SFTPWrapper) =>
  new Promise<ssh2.SFTPWrapper>((resolve, reject) =>
    openChannel(client, first, (error, channel) => (channel ? resolve(channel) : reject(error))),
  )

/** The status with which opening a file fails. */
const statusOfOpening = (channel: ssh2.SFTPWrapper, file: string) =>
  new Promise<number | undefined>((resolve) =>
    channel.open(file, 'r', (error) => resolve((error as { code?: number } | undefined)?.code)),
  )

test('ssh2-sftp-client keeps its connection of ssh2 in the field client', () => {
  expect(sftpOf(new SftpClient())).toBeInstanceOf(ssh2.Client)
})

test('a channel of ssh2 has _maxReadLen, _maxWriteLen and _isOpenSSH', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-canary-'))
  const accounts = [{ username: 'writer', password: 'writes', access: { kind: 'writer' as const } }]
  const server = await startSftpServer({
    rootFolder: folder,
    hostKeyFile: join(folder, 'key'),
    accounts: () => accounts,
  })
  onTestFinished(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  const client = new SftpClient()
  const { host, port } = server
  const channel: unknown = await client.connect({ host, port, username: 'writer', password: 'writes' })
  expect(channel).toMatchObject({ _maxReadLen: 31_952, _maxWriteLen: 31_952, _isOpenSSH: false })
  await client.end()
})

await describeWithOpenSsh('the limits that OpenSSH reports', () => {
  test('a channel of ssh2 to OpenSSH takes and gives 255 KB in one request', async () => {
    const server = await startOpenSsh()
    onTestFinished(() => server.stop())
    const { host, port, username } = server
    const client = new SftpClient()
    const privateKey = await readFile(server.privateKeyFile, 'utf8')
    const channel = await client.connect({ host, port, username, privateKey })
    expect(requestBytes(channel, 'read')).toBe(261_120)
    expect(requestBytes(channel, 'write')).toBe(261_120)
    expect(isOpenSsh(channel)).toBe(true)
    await client.end()
  })

  test('a further channel of ssh2 takes requests before the server has accepted SFTP on it', async () => {
    const server = await startOpenSsh()
    onTestFinished(() => server.stop())
    const { host, port, username, rootFolder } = server
    const client = new SftpClient()
    const privateKey = await readFile(server.privateKeyFile, 'utf8')
    const first = await client.connect({ host, port, username, privateKey })
    const further = await furtherChannel(client, first)
    expect(await statusOfOpening(further, join(rootFolder, 'nothing'))).toBe(2)
    expect(requestBytes(further, 'write')).toBe(261_120)
    await client.end()
  })
})

test('if a server refuses SFTP on a further channel, so do the requests on it', async () => {
  let accepted = 0
  const { private: hostKey } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => {})
    connection.on('authentication', (login) => login.accept())
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptSftp, reject) => {
        accepted += 1
        if (accepted === 1) acceptSftp()
        else reject()
      })
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const client = new SftpClient()
  const { port } = server.address() as AddressInfo
  const first = await client.connect({ host: '127.0.0.1', port, username: 'writer', password: 'writes' })
  expect(await statusOfOpening(await furtherChannel(client, first), '/nothing')).toBe(4)
  await client.end()
})

test('ssh2 brings the source of its native ciphers, and says whether it uses them', () => {
  const source = join(dirname(require.resolve('ssh2')), 'protocol/crypto')
  expect(existsSync(join(source, 'binding.gyp'))).toBe(true)
  expect(require('ssh2/lib/protocol/crypto.js')).toHaveProperty('bindingAvailable', expect.any(Boolean))
})
