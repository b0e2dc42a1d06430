import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { askSftp } from '../../support/sftp/ask-sftp.js'
import { chunksOf, endless } from './chunks.js'
import { connect, local, megabyte, never, proxy, target, upload } from './suite-target.js'

/** What happens when the connection to the server fails. */
export function failingLineSuite(): void {
  describe('when the line fails', () => {
    test('a server that does not listen is unavailable', async () => {
      const nowhere = connect({ port: 1 })
      await expect(askSftp(nowhere)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await nowhere[Symbol.asyncDispose]()
    })

    test('a server that never sends a byte is given up', async () => {
      proxy.blackHole()
      const patient = connect({ connectMs: 300 })
      await expect(askSftp(patient)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await patient[Symbol.asyncDispose]()
    })

    test('an upload on a silent connection ends within the deadline', async () => {
      const { chunks, returned } = endless()
      proxy.afterBytes(3 * megabyte, () => proxy.blackHole())
      const before = Date.now()
      const uploading = target.session(never, (files) => files.upload('/hole/.part', chunks))
      await expect(uploading).rejects.toMatchObject({
        code: 'SFTP_UNAVAILABLE',
        message: `Uploading /hole/.part on ${proxy.host}:${proxy.port}: no answer within 2 s`,
      })
      expect(Date.now() - before).toBeLessThan(10_000)
      await expect.poll(returned).toBe(true)
    })

    test('a fetch on a silent connection ends within the deadline', async () => {
      await mkdir(local('/hole'), { recursive: true })
      await writeFile(local('/hole/file'), Buffer.alloc(20 * megabyte, 'x'))
      const fetching = target.session(never, async (files) => {
        for await (const piece of files.fetch('/hole/file')) if (piece.length > 0) proxy.blackHole()
      })
      const before = Date.now()
      await expect(fetching).rejects.toMatchObject({
        code: 'SFTP_UNAVAILABLE',
        message: `Reading /hole/file on ${proxy.host}:${proxy.port}: no answer within 2 s`,
      })
      expect(Date.now() - before).toBeLessThan(10_000)
    })

    test('a slow connection is not considered dead: each answer may wait longer than the deadline', async () => {
      const patient = connect({ operationMs: 1_000 })
      await askSftp(patient)
      proxy.throttle(2 * megabyte)
      const bytes = randomBytes(6 * megabyte)
      const result = await patient.session(never, (files) => files.upload('/slow/.part', chunksOf(bytes)))
      expect(result).toEqual({ bytes: bytes.length })
      await patient[Symbol.asyncDispose]()
    })

    test('an upload on a connection that is cut ends at once, and the next one works', async () => {
      const { chunks } = endless()
      proxy.afterBytes(3 * megabyte, () => proxy.cut())
      const uploading = target.session(never, (files) => files.upload('/cut/.part', chunks))
      await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await upload('/cut/.part', Buffer.from('again'))
      expect((await readFile(local('/cut/.part'))).toString()).toBe('again')
    })

    test('a cut connection is noticed while the upload waits for rows', async () => {
      async function* stuck(): AsyncGenerator<Buffer> {
        yield Buffer.from('first')
        proxy.cut()
        await new Promise(() => {})
      }
      const uploading = target.session(never, (files) => files.upload('/stuck/.part', stuck()))
      await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
    })
  })
}
