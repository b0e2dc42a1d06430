import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { closeOf } from '../close-of.js'
import { describeWithOpenSsh } from './describe-openssh.js'
import { startOpenSsh, type OpenSsh } from './openssh.js'

const run = promisify(execFile)

await describeWithOpenSsh("the tests' own OpenSSH server", () => {
  test('the OpenSSH server of the tests accepts an upload with its generated key and fingerprint', async () => {
    const server = await startOpenSsh()
    onTestFinished(() => server.stop())
    expect(server.hostKeyFingerprints[0]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
    await upload(server, 'hello')
    expect(await readFile(join(server.rootFolder, 'hello.txt'), 'utf8')).toBe('hello')
  })

  test('the OpenSSH server of the tests restarts on the same port and cuts connections', async () => {
    const server = await startOpenSsh()
    onTestFinished(() => server.stop())
    const socket = connect(server.port, server.host)
    socket.on('error', () => undefined)
    await once(socket, 'data')
    const closed = closeOf(socket)
    await server.restart()
    await closed
    await upload(server, 'again')
    expect(await readFile(join(server.rootFolder, 'hello.txt'), 'utf8')).toBe('again')
  })
})

async function upload(server: OpenSsh, text: string): Promise<void> {
  const folder = join(server.rootFolder, '.work')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'file'), text)
  await writeFile(join(folder, 'batch'), `put ${join(folder, 'file')} ${join(server.rootFolder, 'hello.txt')}\n`)
  const options = [
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    'IdentitiesOnly=yes',
  ]
  const args = ['-b', join(folder, 'batch'), '-i', server.privateKeyFile, '-P', String(server.port)]
  await run('sftp', [...options.flatMap((option) => ['-o', option]), ...args, `${server.username}@${server.host}`])
}
