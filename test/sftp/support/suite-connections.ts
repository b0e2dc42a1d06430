import { mkdir, writeFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type SftpOptions } from '../../../src/sftp/sftp.js'
import { askSftp } from '../../support/sftp/ask-sftp.js'
import { endless } from './chunks.js'
import { connect, local, megabyte, missing, never, proxy, server, target } from './suite-target.js'

/** How connections to every server are made, shared and ended. */
export function connectionsSuite(): void {
  test('a reader that stops early ends the reads, and the connection can be used again', async () => {
    await mkdir(local('/fetched'), { recursive: true })
    await writeFile(local('/fetched/long'), Buffer.alloc(20 * megabyte, 'x'))
    await target.session(never, async (files) => {
      for await (const piece of files.fetch('/fetched/long')) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      expect(await files.size('/fetched/long')).toBe(20 * megabyte)
    })
    await askSftp(target)
    expect(proxy.connections).toBe(1)
  })

  test('connections are reused, and closed after they were idle', async () => {
    for (let round = 0; round < 5; round += 1) await askSftp(target)
    expect(proxy.connections).toBe(1)
    const brief = connect({ idleMs: 50 })
    await askSftp(brief)
    await expect.poll(async () => (await askSftp(brief), await turn(), proxy.connections)).toBe(2)
    await brief[Symbol.asyncDispose]()
  })

  test('at most the permitted number of connections is opened, and further sessions wait', async () => {
    const narrow = connect({ maxConnections: 2 })
    let open = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 7 }, (_, index) =>
        narrow.session(never, async (files) => {
          most = Math.max(most, (open += 1))
          if (index < 2) await expect.poll(() => most).toBeGreaterThan(1)
          await files.size('/')
          open -= 1
        }),
      ),
    )
    expect(most).toBe(2)
    expect(proxy.connections).toBe(2)
    await narrow[Symbol.asyncDispose]()
  })

  test('a broken connection is not reused', async () => {
    await askSftp(target)
    proxy.cut()
    await expect
      .poll(() =>
        askSftp(target).then(
          () => 'answers',
          () => 'fails',
        ),
      )
      .toBe('answers')
    expect(proxy.connections).toBe(2)
  })

  describe('authentication of the server and the client', () => {
    const wrong = (changes: Partial<SftpOptions>) => async () => {
      const other = connect(changes)
      const failure = await askSftp(other).then(
        () => undefined,
        (error: unknown) => error,
      )
      await other[Symbol.asyncDispose]()
      return failure
    }

    test('a server with another host key is refused, and the message has the key that it presented', async () => {
      const pinned = `SHA256:${'A'.repeat(43)}`
      expect(await wrong({ hostKeyFingerprints: [pinned] })()).toMatchObject({
        code: 'SFTP_HOST_KEY_MISMATCH',
        message: expect.stringContaining(server.options.hostKeyFingerprints[0]!),
      })
      expect(await wrong({ hostKeyFingerprints: [] })()).toMatchObject({ code: 'SFTP_HOST_KEY_MISMATCH' })
      const [right] = server.options.hostKeyFingerprints
      expect(await wrong({ hostKeyFingerprints: [right!.slice(0, -1)] })()).toMatchObject({
        code: 'SFTP_HOST_KEY_MISMATCH',
      })
      expect(await wrong({ hostKeyFingerprints: [pinned, `${right}=`] })()).toBeUndefined()
    })

    test('wrong credentials are refused, and no message has them', async () => {
      const failure = await wrong({ auth: { kind: 'password', password: 'hunter2' } })()
      expect(failure).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
      expect(String(failure)).not.toContain('hunter2')
      const broken = { kind: 'privateKey', privateKey: 'no key', passphrase: undefined } as const
      expect(await wrong({ auth: broken })()).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
    })
  })

  test('disposing the client ends the work in progress', async () => {
    const other = connect()
    const { chunks } = endless()
    const uploading = other.session(never, (files) => files.upload('/dispose/.part', chunks))
    const failure = uploading.catch((error: unknown) => error)
    await expect.poll(() => missing('/dispose/.part')).toBe(false)
    await other[Symbol.asyncDispose]()
    expect(await failure).toMatchObject({ code: 'SFTP_UNAVAILABLE' })
    await expect(askSftp(other)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
  })
}
