import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chunksOf } from './chunks.js'
import { connect, local, never, target } from './suite-target.js'

/** What symbolic links that an attacker plants can do. */
export function symbolicLinksSuite(): void {
  describe('a symbolic link that an attacker planted', () => {
    const day = '/exports/acme/2026/11/25'
    const folders = ['/exports/acme', '/exports/acme/2026', '/exports/acme/2026/11', day, `${day}/user`]

    test.each(folders)('a planted link in place of %s leads to no other folder', async (planted) => {
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

    test.each(['all in a folder', 'an empty folder'])(
      'a planted link in place of a removed folder is refused: %s',
      async (what) => {
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
      },
    )

    test.each(['a file', 'nothing'])(
      'a planted link at the hidden name, to %s, is not written through',
      async (what) => {
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
      },
    )

    test('a planted link at the final name is replaced itself', async () => {
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

    test('a file that an earlier attempt left is overwritten', async () => {
      await mkdir(local('/exports/acme/g'), { recursive: true })
      await writeFile(local('/exports/acme/g/.part'), 'left by an attempt that died')
      await target.session(never, (files) => files.upload('/exports/acme/g/.part', chunksOf(Buffer.from('new'))))
      expect(await readFile(local('/exports/acme/g/.part'), 'utf8')).toBe('new')
    })
  })
}
