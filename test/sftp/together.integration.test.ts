import { setMaxListeners } from 'node:events'
import { readdir, readlink } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createSftpTarget, type SftpSession } from '../../src/sftp/sftp.js'
import { chunksOf } from './support/chunks.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startOpenSsh, targetOptions } from '../support/sftp/openssh.js'

const never = new AbortController().signal
setMaxListeners(0, never)

/** What any process has open in a folder. */
async function openIn(folder: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const links = processes.map(async (id) => {
    const open = await readdir(`/proc/${id}/fd`).catch(() => [])
    return Promise.all(open.map((fd) => readlink(`/proc/${id}/fd/${fd}`).catch(() => '')))
  })
  return (await Promise.all(links)).flat().filter((path) => path.startsWith(`${folder}/`))
}

const paths = Array.from({ length: 20 }, (_, index) => `/exports/acme/2026/11/28/e${index}/e${index}.csv`)

/** As a worker writes small files: all at once. */
async function uploadAll(files: SftpSession): Promise<void> {
  await files.makeFoldersFor(paths)
  await Promise.all(paths.map((path) => files.upload(`${path}.part`, chunksOf(Buffer.from(path)))))
}

await describeWithOpenSsh('files that are uploaded together', () => {
  test('files that are uploaded and renamed together leave nothing open on the server', async () => {
    await using server = { ...(await startOpenSsh()), [Symbol.asyncDispose]: () => server.stop() }
    await using target = createSftpTarget(targetOptions(server))
    await target.session(never, async (files) => {
      await uploadAll(files)
      await Promise.all(paths.map((path) => files.replace(`${path}.part`, path)))
      expect(await files.list('/exports/acme/2026/11/28')).toHaveLength(paths.length)
    })
    expect(await openIn(server.rootFolder)).toEqual([])
  })

  test('folders whose files are never renamed are closed by the next session on the connection', async () => {
    await using server = { ...(await startOpenSsh()), [Symbol.asyncDispose]: () => server.stop() }
    await using target = createSftpTarget(targetOptions(server))
    await target.session(never, uploadAll)
    await target.session(never, async (files) => {
      await files.upload('/exports/acme/other.part', chunksOf(Buffer.from('other')))
      await files.replace('/exports/acme/other.part', '/exports/acme/other')
    })
    expect(await openIn(server.rootFolder)).toEqual([])
  })
})
