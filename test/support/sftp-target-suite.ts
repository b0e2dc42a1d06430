import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSftpTarget, type SftpLimits, type SftpOptions, type SftpTarget } from '../../src/sftp/sftp.js'
import { askSftp } from './ask-sftp.js'
import { chunksOf, endless } from './chunks.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

const never = new AbortController().signal
setMaxListeners(0, never)
const megabyte = 1024 * 1024

/** A server as the suite needs it, whichever it is. */
interface Server {
  readonly options: SftpOptions
  /** Where the files lie on this machine. */
  readonly folder: string
  end(): Promise<void>
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** What our client must do with every server. */
export function sftpTargetSuite(begin: () => Promise<Server>): void {
  let server: Server
  let proxy: TcpProxy
  let target: SftpTarget

  const connect = (changes: Partial<SftpOptions & SftpLimits> = {}) =>
    createSftpTarget({ ...server.options, host: proxy.host, port: proxy.port, operationMs: 2_000, ...changes })

  beforeAll(async () => {
    server = await begin()
  })
  afterAll(() => server?.end())
  beforeEach(async () => {
    proxy = await startTcpProxy(server.options)
    target = connect()
  })
  afterEach(async () => {
    await target[Symbol.asyncDispose]()
    await proxy.stop()
  })

  const local = (path: string) => join(server.folder, path)
  const upload = (path: string, bytes: Buffer, size?: number) =>
    target.session(never, (files) => files.upload(path, chunksOf(bytes, size)))
  const missing = (path: string) =>
    stat(local(path)).then(
      () => false,
      () => true,
    )

  test('an upload of 50 MB arrives byte by byte, in folders that are made for it, and progress is told', async () => {
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

  test('many uploads at once may make the same folders', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `/race/a/b/c/${index}`)
    await Promise.all(names.map((name) => upload(name, Buffer.from(name))))
    expect(await target.session(never, (files) => files.list('/race/a/b/c'))).toEqual(
      names.map((name) => name.split('/').at(-1)).toSorted(),
    )
    expect(proxy.connections).toBeLessThanOrEqual(8)
  })

  test('size, fetch, list and remove know what is there and what is not', async () => {
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

  test('a file of 50 MB is fetched byte by byte, with many reads under way, and so are those that end on a boundary', async () => {
    const big = randomBytes(50 * megabyte + 12_345)
    await mkdir(local('/fetched'), { recursive: true })
    for (const size of [0, 1, 261_119, 261_120, 261_121, 2 * 261_120, 31_952, 31_953, big.length]) {
      await writeFile(local('/fetched/file'), big.subarray(0, size))
      const fetched = await target.session(never, (files) => buffer(files.fetch('/fetched/file')))
      expect(sha256(fetched), String(size)).toBe(sha256(big.subarray(0, size)))
    }
    expect(proxy.connections).toBe(1)
  })

  test('whoever takes no more pieces stops the reads, and the connection is fit for the next', async () => {
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

  test('a file that is replaced while it is fetched stays the one that it was', async () => {
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

  test('paths that lead elsewhere are refused', async () => {
    for (const path of ['relative', '/a/../b', '/..', '/a//b', '/a/', '/a/./b', '/a\0b']) {
      await expect(target.session(never, (files) => buffer(files.fetch(path)))).rejects.toMatchObject({
        code: 'INTERNAL',
      })
    }
    await target.session(never, (files) => files.size('/..a/.hidden'))
  })

  test('whoever reads the final name sees one whole file or the other, never a part, never none', async () => {
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

  test('renaming what is not there is an error, and leaves the target as it was', async () => {
    await upload('/kept/file', Buffer.from('kept'))
    await expect(target.session(never, (files) => files.replace('/kept/nothing', '/kept/file'))).rejects.toMatchObject({
      code: 'SFTP_PROTOCOL',
      message: expect.stringContaining('/kept/nothing'),
    })
    expect((await readFile(local('/kept/file'))).toString()).toBe('kept')
  })

  test('connections are used again, and let go when they have been idle', async () => {
    for (let round = 0; round < 5; round += 1) await askSftp(target)
    expect(proxy.connections).toBe(1)
    const brief = connect({ idleMs: 50 })
    await askSftp(brief)
    await expect.poll(async () => (await askSftp(brief), await turn(), proxy.connections)).toBe(2)
    await brief[Symbol.asyncDispose]()
  })

  test('no more connections are opened than allowed; further sessions wait', async () => {
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

  test('a broken connection is not used again', async () => {
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

  describe('who may', () => {
    const wrong = (changes: Partial<SftpOptions>) => async () => {
      const other = connect(changes)
      const failure = await askSftp(other).then(
        () => undefined,
        (error: unknown) => error,
      )
      await other[Symbol.asyncDispose]()
      return failure
    }

    test('a server with another host key is refused, and the message says which key it showed', async () => {
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

    test('wrong credentials are refused, and no message carries them', async () => {
      const failure = await wrong({ auth: { kind: 'password', password: 'hunter2' } })()
      expect(failure).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
      expect(String(failure)).not.toContain('hunter2')
      const broken = { kind: 'privateKey', privateKey: 'no key', passphrase: undefined } as const
      expect(await wrong({ auth: broken })()).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
    })
  })

  describe('when the line fails', () => {
    test('a server that is not there is unavailable', async () => {
      const nowhere = connect({ port: 1 })
      await expect(askSftp(nowhere)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await nowhere[Symbol.asyncDispose]()
    })

    test('one that never says a word is given up', async () => {
      proxy.blackHole()
      const patient = connect({ connectMs: 300 })
      await expect(askSftp(patient)).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await patient[Symbol.asyncDispose]()
    })

    test('an upload into a black hole ends within the deadline', async () => {
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

    test('a fetch out of a black hole ends within the deadline', async () => {
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

    test('a slow line is no dead one: as long as answers come, each may wait longer than the deadline', async () => {
      const patient = connect({ operationMs: 1_000 })
      await askSftp(patient)
      proxy.throttle(2 * megabyte)
      const bytes = randomBytes(6 * megabyte)
      const result = await patient.session(never, (files) => files.upload('/slow/.part', chunksOf(bytes)))
      expect(result).toEqual({ bytes: bytes.length })
      await patient[Symbol.asyncDispose]()
    })

    test('an upload over a line that is cut ends at once, and the next one works', async () => {
      const { chunks } = endless()
      proxy.afterBytes(3 * megabyte, () => proxy.cut())
      const uploading = target.session(never, (files) => files.upload('/cut/.part', chunks))
      await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
      await upload('/cut/.part', Buffer.from('again'))
      expect((await readFile(local('/cut/.part'))).toString()).toBe('again')
    })

    test('a cut is noticed while the rows keep us waiting', async () => {
      async function* stuck(): AsyncGenerator<Buffer> {
        yield Buffer.from('first')
        proxy.cut()
        await new Promise(() => {})
      }
      const uploading = target.session(never, (files) => files.upload('/stuck/.part', stuck()))
      await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
    })
  })

  describe('when it is cancelled', () => {
    test('an upload stops at once, removes its file and asks for no more rows', async () => {
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

    test('a fetch stops at once', async () => {
      await mkdir(local('/abort'), { recursive: true })
      await writeFile(local('/abort/file'), Buffer.alloc(20 * megabyte, 'x'))
      const abort = new AbortController()
      const fetching = target.session(abort.signal, async (files) => {
        for await (const piece of files.fetch('/abort/file')) if (piece.length > 0) abort.abort()
      })
      await expect(fetching).rejects.toMatchObject({ code: 'CANCELLED' })
      await askSftp(target)
    })

    test('an upload that has only just begun leaves nothing either', async () => {
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

    test('even in a black hole it takes only as long as tidying up may', async () => {
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

    test('waiting for a connection ends at once, too', async () => {
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

  describe('a symbolic link that somebody has planted', () => {
    const day = '/exports/acme/2026/11/25'
    const folders = ['/exports/acme', '/exports/acme/2026', '/exports/acme/2026/11', day, `${day}/user`]

    test.each(folders)('in place of %s leads nothing elsewhere', async (planted) => {
      const elsewhere = local('/elsewhere')
      await rm(local('/exports'), { recursive: true, force: true })
      await mkdir(join(elsewhere, '2026/11/25/user'), { recursive: true })
      await mkdir(dirname(local(planted)), { recursive: true })
      await symlink(elsewhere, local(planted))
      const before = await readdir(elsewhere, { recursive: true })
      const own = connect()
      const refused = { code: 'SFTP_UNSAFE_PATH', message: expect.stringContaining(planted) }
      await own.session(never, async (files) => {
        const part = `${day}/user/.user.csv.part`
        await expect(files.upload(part, chunksOf(Buffer.from('x')))).rejects.toMatchObject(refused)
        await expect(files.replace(part, `${day}/user/user.csv`)).rejects.toMatchObject(refused)
        await expect(files.remove(`${day}/user/user.csv`)).rejects.toMatchObject(refused)
      })
      await own[Symbol.asyncDispose]()
      expect(await readdir(elsewhere, { recursive: true })).toEqual(before)
      await rm(local('/exports'), { recursive: true })
    })

    test.each(['all in a folder', 'an empty folder'])('in place of a folder that was removed: %s', async (what) => {
      const [tenant, elsewhere] = ['/exports/acme', local(`/elsewhere of ${what}`)]
      await rm(local('/exports'), { recursive: true, force: true })
      await mkdir(elsewhere)
      const own = connect()
      await own.session(never, async (files) => {
        const part = `${tenant}/user/.user.csv.part`
        await files.upload(part, chunksOf(Buffer.from('x')))
        // Now that they are there, the folders are looked at and known.
        await files.remove(part)
        if (what === 'an empty folder') {
          expect(await files.removeIfEmpty(`${tenant}/user`)).toBe(true)
        } else {
          await files.removeAllIn(tenant)
        }
        await symlink(elsewhere, local(`${tenant}/user`))
        const refused = files.upload(part, chunksOf(Buffer.from('x')))
        await expect(refused).rejects.toMatchObject({ code: 'SFTP_UNSAFE_PATH' })
      })
      await own[Symbol.asyncDispose]()
      expect(await readdir(elsewhere)).toEqual([])
      await rm(local('/exports'), { recursive: true })
    })

    test.each(['a file', 'nothing'])('at the hidden name, to %s, is not written through', async (what) => {
      await mkdir(local('/exports/acme/f'), { recursive: true })
      const victim = local(`/victim of ${what}`)
      if (what === 'a file') await writeFile(victim, 'precious')
      await symlink(victim, local('/exports/acme/f/.part'))
      const uploading = target.session(never, (files) =>
        files.upload('/exports/acme/f/.part', chunksOf(Buffer.from('x'))),
      )
      await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNSAFE_PATH' })
      expect(await readFile(victim, 'utf8').catch(() => 'missing')).toBe(what === 'a file' ? 'precious' : 'missing')
      await rm(local('/exports/acme/f'), { recursive: true })
    })

    test('at the final name is replaced itself', async () => {
      await mkdir(local('/exports/acme/f'), { recursive: true })
      await writeFile(local('/victim'), 'precious')
      await symlink(local('/victim'), local('/exports/acme/f/file'))
      await target.session(never, async (files) => {
        await files.upload('/exports/acme/f/.part', chunksOf(Buffer.from('new')))
        await files.replace('/exports/acme/f/.part', '/exports/acme/f/file')
      })
      expect(await readFile(local('/victim'), 'utf8')).toBe('precious')
      expect((await lstat(local('/exports/acme/f/file'))).isFile()).toBe(true)
      expect(await readFile(local('/exports/acme/f/file'), 'utf8')).toBe('new')
    })

    test('elsewhere does not keep a file that an earlier attempt left from being written anew', async () => {
      await mkdir(local('/exports/acme/g'), { recursive: true })
      await writeFile(local('/exports/acme/g/.part'), 'left by an attempt that died')
      await target.session(never, (files) => files.upload('/exports/acme/g/.part', chunksOf(Buffer.from('new'))))
      expect(await readFile(local('/exports/acme/g/.part'), 'utf8')).toBe('new')
    })
  })

  test('an error of the rows is thrown on as it is, and the part is removed', async () => {
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

  test('a file that is shorter on the server than what was sent is not accepted', async () => {
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

  test('disposing ends what is under way', async () => {
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
