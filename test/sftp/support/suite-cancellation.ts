import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { askSftp } from '../../support/sftp/ask-sftp.js'
import { endless } from './chunks.js'
import { connect, local, megabyte, missing, never, proxy, target } from './suite-target.js'

/** What happens when the work with the server is cancelled. */
export function cancellationSuite(): void {
  describe('when it is cancelled', () => {
    test('a cancelled upload stops at once, removes its file and requests no more rows', async () => {
      const { chunks, pulled, returned } = endless()
      const abort = new AbortController()
      const uploading = target.session(abort.signal, (files) =>
        files.upload('/abort/.part', chunks, (bytes) => bytes > 5 * megabyte && abort.abort()),
      )
      await expect(uploading).rejects.toMatchObject({ code: 'CANCELLED' })
      const seen = pulled()
      expect(await missing('/abort/.part')).toBe(true)
      expect(returned()).toBe(true)
      expect(pulled()).toBe(seen)
      await askSftp(target)
    })

    test('a cancelled fetch stops at once', async () => {
      await mkdir(local('/abort'), { recursive: true })
      await writeFile(local('/abort/file'), Buffer.alloc(20 * megabyte, 'x'))
      const abort = new AbortController()
      const fetching = target.session(abort.signal, async (files) => {
        for await (const piece of files.fetch('/abort/file')) if (piece.length > 0) abort.abort()
      })
      await expect(fetching).rejects.toMatchObject({ code: 'CANCELLED' })
      await askSftp(target)
    })

    test('a cancelled upload that has just begun leaves no file', async () => {
      await askSftp(target)
      for (let delay = 0; delay < 12; delay += 1) {
        const abort = new AbortController()
        const uploading = target.session(abort.signal, (files) => files.upload(`/early/${delay}`, endless().chunks))
        const failure = uploading.catch((error: unknown) => error)
        for (let turns = 0; turns < delay * 10; turns += 1) await turn()
        abort.abort()
        expect(await failure).toMatchObject({ code: 'CANCELLED' })
      }
      await expect.poll(() => readdir(local('/early')).catch(() => [])).toEqual([])
    })

    test('cancellation on a silent connection takes only the time limit of the cleanup', async () => {
      const { chunks } = endless()
      const abort = new AbortController()
      const patient = connect({ operationMs: 60_000 })
      proxy.afterBytes(3 * megabyte, () => {
        proxy.blackHole()
        abort.abort()
      })
      const before = Date.now()
      const uploading = patient.session(abort.signal, (files) => files.upload('/hole/.part', chunks))
      await expect(uploading).rejects.toMatchObject({ code: 'CANCELLED' })
      expect(Date.now() - before).toBeLessThan(9_000)
      await patient[Symbol.asyncDispose]()
    }, 20_000)

    test('cancellation ends the wait for a connection at once', async () => {
      const narrow = connect({ maxConnections: 1 })
      await narrow.session(never, async () => {
        const abort = new AbortController()
        const waiting = narrow.session(abort.signal, async () => 1)
        abort.abort()
        await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
        await expect(narrow.session(AbortSignal.abort(), async () => 1)).rejects.toMatchObject({ code: 'CANCELLED' })
      })
      await askSftp(narrow)
      await narrow[Symbol.asyncDispose]()
    })
  })
}
