import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { askSftp } from '../../support/sftp/ask-sftp.js'
import { chunksOf } from './chunks.js'
import { local, megabyte, missing, never, proxy, sha256, target, upload } from './suite-target.js'

/** What uploading, fetching and renaming do with every server. */
export function filesSuite(): void {
  test('an upload of 50 MB arrives byte by byte in new folders, and reports its progress', async () => {
    const bytes = randomBytes(50 * megabyte + 12_345)
    const progress: number[] = []
    const result = await target.session(never, (files) =>
      files.upload('/exports/acme/2026/11/23/.big.part', chunksOf(bytes, 300_001), (count) => progress.push(count)),
    )
    expect(result).toEqual({ bytes: bytes.length })
    expect(sha256(await readFile(local('/exports/acme/2026/11/23/.big.part')))).toBe(sha256(bytes))
    expect(progress.at(-1)).toBe(bytes.length)
    expect(progress).toEqual([...progress].toSorted((a, b) => a - b))
  })

  test('an empty file and small chunks are uploaded, and an upload replaces a longer file of its name', async () => {
    const text = Buffer.from('header\nline 1\nline 2\n')
    await upload('/small/file', text, 3)
    expect(await readFile(local('/small/file'))).toEqual(text)
    await upload('/small/file', text.subarray(0, 7), 3)
    expect(await readFile(local('/small/file'))).toEqual(text.subarray(0, 7))
    await upload('/small/file', Buffer.alloc(0))
    expect((await stat(local('/small/file'))).size).toBe(0)
  })

  test('simultaneous uploads can make the same folders', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `/race/a/b/c/${index}`)
    await Promise.all(names.map((name) => upload(name, Buffer.from(name))))
    expect(await target.session(never, (files) => files.list('/race/a/b/c'))).toEqual(
      names.map((name) => name.split('/').at(-1)).toSorted(),
    )
    expect(proxy.connections).toBeLessThanOrEqual(8)
  })

  test('size, fetch, list and remove distinguish existing and missing files', async () => {
    await upload('/known/file', Buffer.from('content'))
    await target.session(never, async (files) => {
      expect(await files.size('/known/file')).toBe(7)
      expect(await files.size('/known/nothing')).toBeUndefined()
      expect((await buffer(files.fetch('/known/file'))).toString()).toBe('content')
      await expect(buffer(files.fetch('/known/nothing'))).rejects.toMatchObject({
        code: 'SFTP_PROTOCOL',
        message: expect.stringContaining('Reading /known/nothing'),
      })
      expect(await files.list('/known')).toEqual(['file'])
      expect(await files.list('/unknown')).toEqual([])
      expect(await files.remove('/known/file')).toBe(true)
      expect(await files.remove('/known/file')).toBe(false)
    })
  })

  test('a file of 50 MB is fetched byte by byte with parallel reads, as are files that end on a boundary', async () => {
    const big = randomBytes(50 * megabyte + 12_345)
    await mkdir(local('/fetched'), { recursive: true })
    for (const size of [0, 1, 261_119, 261_120, 261_121, 2 * 261_120, 31_952, 31_953, big.length]) {
      await writeFile(local('/fetched/file'), big.subarray(0, size))
      const fetched = await target.session(never, (files) => buffer(files.fetch('/fetched/file')))
      expect(sha256(fetched), String(size)).toBe(sha256(big.subarray(0, size)))
    }
    expect(proxy.connections).toBe(1)
  })

  test('a fetch of a file that is replaced meanwhile returns the old file', async () => {
    const versions = ['a', 'b'].map((letter) => Buffer.alloc(8 * megabyte, letter))
    await upload('/replaced/file', versions[0]!)
    await upload('/replaced/.file.part', versions[1]!)
    const fetched = await target.session(never, async (files) => {
      const pieces: Buffer[] = []
      for await (const piece of files.fetch('/replaced/file')) {
        if (pieces.length === 0) await files.replace('/replaced/.file.part', '/replaced/file')
        pieces.push(piece)
      }
      return Buffer.concat(pieces)
    })
    expect(fetched.equals(versions[0]!)).toBe(true)
  })

  test('a path that leads to another folder is refused', async () => {
    for (const path of ['relative', '/a/../b', '/..', '/a//b', '/a/', '/a/./b', '/a\0b']) {
      await expect(target.session(never, (files) => buffer(files.fetch(path)))).rejects.toMatchObject({
        code: 'INTERNAL',
      })
    }
    await target.session(never, (files) => files.size('/..a/.hidden'))
  })

  test('a reader of the final name always sees one whole file, the old or the new', async () => {
    const versions = ['a', 'b'].map((letter) => Buffer.alloc(2 * megabyte, letter))
    await upload('/final/file', versions[0]!)
    let done = false
    const seen = new Set<number>()
    const reader = (async () => {
      while (!done) {
        const bytes = await readFile(local('/final/file'))
        seen.add(versions.findIndex((version) => version.equals(bytes)))
      }
    })()
    for (let round = 1; round <= 8; round += 1) {
      await target.session(never, async (files) => {
        await files.upload('/final/.file.part', chunksOf(versions[round % 2]!))
        await files.replace('/final/.file.part', '/final/file')
      })
    }
    done = true
    await reader
    expect([...seen].toSorted()).toEqual([0, 1])
    expect(await readdir(local('/final'))).toEqual(['file'])
  })

  test('a small file is read at once, and only to the limit', async () => {
    await upload('/read/file', Buffer.from('small'))
    await upload('/read/empty', Buffer.alloc(0))
    const read = (path: string, most = 100): Promise<string | undefined> =>
      target.session(never, async (files) => (await files.readWhole(path, most))?.toString())
    expect(await read('/read/file')).toBe('small')
    expect(await read('/read/file', 2)).toBe('sm')
    expect(await read('/read/empty')).toBe('')
    expect(await read('/read/missing')).toBeUndefined()
    expect(await read('/no-folder/missing')).toBeUndefined()
  })

  test('renaming a missing file is an error, and leaves the target as it was', async () => {
    await upload('/kept/file', Buffer.from('kept'))
    await expect(target.session(never, (files) => files.replace('/kept/nothing', '/kept/file'))).rejects.toMatchObject({
      code: 'SFTP_PROTOCOL',
      message: expect.stringContaining('/kept/nothing'),
    })
    expect((await readFile(local('/kept/file'))).toString()).toBe('kept')
  })

  test('an error of the rows is thrown unchanged, and the partial file is removed', async () => {
    const mine = new Error('mine')
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(megabyte)
      throw mine
    }
    await expect(target.session(never, (files) => files.upload('/mine/.part', failing()))).rejects.toBe(mine)
    expect(await missing('/mine/.part')).toBe(true)
    await askSftp(target)
    expect(proxy.connections).toBe(1)
  })

  test('a file that is shorter on the server than the sent bytes is refused', async () => {
    const bytes = Buffer.alloc(megabyte, 'x')
    async function* shortened(): AsyncGenerator<Buffer> {
      yield bytes
      // Another hand takes the folder's file away and puts a shorter one there, once all has been written.
      await expect.poll(() => stat(local('/short/.part')).then(({ size }) => size)).toBe(bytes.length)
      await rm(local('/short/.part'))
      await writeFile(local('/short/.part'), 'short')
    }
    await expect(target.session(never, (files) => files.upload('/short/.part', shortened()))).rejects.toMatchObject({
      code: 'SFTP_VERIFICATION_FAILED',
    })
    expect(await missing('/short/.part')).toBe(true)
  })
}
