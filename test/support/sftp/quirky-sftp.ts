import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, readlink, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2, { type Attributes, type ParsedKey, type SFTPWrapper } from 'ssh2'
import { sshFingerprint } from '../../../src/domain/ssh-fingerprint.js'

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp

/** Habits of real servers. Without any it is an ordinary one. */
export interface Quirks {
  /** Attributes without the bits that tell the kind, or without permissions: servers on Windows. */
  readonly attributes?: 'no type' | 'no mode' | 'no size'
  /** READLINK is not known. */
  readonly noReadlink?: boolean
  /** `posix-rename@openssh.com` is offered, and fails where the target exists. */
  readonly failingPosixRename?: boolean
  /** Nothing may be opened for reading: a drop box. */
  readonly noReads?: boolean
  /** Nothing is told of any place. */
  readonly noStats?: boolean
  /** No folder is listed. */
  readonly noListing?: boolean
  /** Names that begin with a dot are refused. */
  readonly noDotNames?: boolean
  /** What a full disk is answered with; every write is. */
  readonly fullDisk?: { readonly status: number; readonly message: string }
  /** The status for a name that is taken, in place of FAILURE; and for what is not there, in place of NO_SUCH_FILE. */
  readonly takenStatus?: number
  readonly missingStatus?: number
  /** A rename to a name that ends so is done and reported, and its answer comes only once `until` is settled. */
  readonly holdRename?: { readonly suffix: string; readonly onRename: () => void; readonly until: Promise<void> }
}

export interface QuirkySftp {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly hostKeyFingerprints: readonly string[]
  /** From the next request on. */
  change(quirks: Quirks): void
  stop(): Promise<void>
}

export interface QuirkySftpOptions {
  readonly folder: string
  readonly quirks?: Quirks
  /** PEM or OpenSSH private keys, of different types. */
  readonly hostKeys?: readonly string[]
}

const username = 'writer'
const password = 'quirky-password-that-nobody-may-see'

/** An SFTP server over a folder, with habits that tests choose. */
export async function startQuirkySftp({ folder, quirks = {}, hostKeys }: QuirkySftpOptions): Promise<QuirkySftp> {
  const keys = hostKeys ?? [ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private]
  const served = { folder, quirks }
  const sockets = new Set<Socket>()
  const ssh = new ssh2.Server({ hostKeys: [...keys] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (login) =>
      login.method === 'password' && login.username === username && login.password === password
        ? login.accept()
        : login.reject(['password']),
    )
    client.on('session', (accept) => accept().on('sftp', (acceptSftp) => serve(acceptSftp(), served)))
  })
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    ssh.injectSocket(socket)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    username,
    password,
    hostKeyFingerprints: keys.map(fingerprintOf),
    change: (next) => void (served.quirks = next),
    stop: async () => {
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export function fingerprintOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey) as ParsedKey
  return sshFingerprint(createHash('sha256').update(key.getPublicSSH()).digest('base64'))
}

interface Served {
  readonly folder: string
  quirks: Quirks
}

/** A refusal with a status of its own. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message = 'refused',
  ) {
    super(message)
  }
}

function serve(sftp: SFTPWrapper, served: Served): void {
  const files = new Map<number, { file?: FileHandle; names?: string[]; place: string }>()
  let last = 0
  // An in-order queue, as servers answer.
  let queue = Promise.resolve()
  const take = (id: number, work: () => Promise<void>): void => {
    queue = queue.then(work).catch((error: unknown) => {
      const { status, message } = asStatus(error, served.quirks)
      sftp.status(id, status, message)
    })
  }
  const place = (path: string): string => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (served.quirks.noDotNames && name.startsWith('.')) throw new Refusal(STATUS_CODE.FAILURE, 'invalid file name')
    return join(served.folder, join('/', path))
  }
  const handle = (id: number, entry: { file?: FileHandle; names?: string[]; place: string }): void => {
    files.set(++last, entry)
    const buffer = Buffer.alloc(4)
    buffer.writeUInt32BE(last)
    sftp.handle(id, buffer)
  }
  const opened = (buffer: Buffer) => {
    const found = files.get(buffer.readUInt32BE())
    if (!found) throw new Refusal(STATUS_CODE.FAILURE)
    return found
  }
  const ok = (id: number, work: () => Promise<unknown>): void =>
    take(id, async () => {
      await work()
      sftp.status(id, STATUS_CODE.OK)
    })
  const told = (id: number, look: () => Promise<Stats>): void =>
    take(id, async () => {
      if (served.quirks.noStats) throw new Refusal(STATUS_CODE.PERMISSION_DENIED)
      sftp.attrs(id, attributesOf(await look(), served.quirks))
    })

  sftp.on('OPEN', (id, path, flags) =>
    take(id, async () => {
      const isForReading = (flags & OPEN_MODE.WRITE) === 0
      if (served.quirks.noReads && isForReading) throw new Refusal(STATUS_CODE.PERMISSION_DENIED)
      handle(id, { file: await open(place(path), ssh2.utils.sftp.flagsToString(flags) ?? 'r'), place: place(path) })
    }),
  )
  sftp.on('READ', (id, buffer, offset, length) =>
    take(id, async () => {
      const { file } = opened(buffer)
      const piece = Buffer.alloc(length)
      const { bytesRead = 0 } = (await file?.read(piece, 0, length, offset)) ?? {}
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF)
      else sftp.data(id, piece.subarray(0, bytesRead))
    }),
  )
  sftp.on('WRITE', (id, buffer, offset, data) =>
    ok(id, async () => {
      const { fullDisk } = served.quirks
      if (fullDisk) throw new Refusal(fullDisk.status, fullDisk.message)
      await opened(buffer).file?.write(data, 0, data.length, offset)
    }),
  )
  sftp.on('CLOSE', (id, buffer) =>
    ok(id, async () => {
      await opened(buffer).file?.close()
      files.delete(buffer.readUInt32BE())
    }),
  )
  sftp.on('OPENDIR', (id, path) =>
    take(id, async () => {
      if (served.quirks.noListing) throw new Refusal(STATUS_CODE.PERMISSION_DENIED)
      handle(id, { names: await readdir(place(path)), place: place(path) })
    }),
  )
  sftp.on('READDIR', (id, buffer) =>
    take(id, async () => {
      const { names = [], place: folder } = opened(buffer)
      if (names.length === 0) return sftp.status(id, STATUS_CODE.EOF)
      const entries = await Promise.all(
        names.splice(0).map(async (filename) => {
          const attrs = attributesOf(await lstat(join(folder, filename)), served.quirks)
          return { filename, longname: filename, attrs }
        }),
      )
      sftp.name(id, entries)
    }),
  )
  sftp.on('STAT', (id, path) => told(id, () => stat(place(path))))
  sftp.on('LSTAT', (id, path) => told(id, () => lstat(place(path))))
  sftp.on('FSTAT', (id, buffer) => told(id, () => stat(opened(buffer).place)))
  sftp.on('SETSTAT', (id) => ok(id, async () => undefined))
  sftp.on('FSETSTAT', (id) => ok(id, async () => undefined))
  sftp.on('REALPATH', (id, path) =>
    take(id, async () => sftp.name(id, [{ filename: join('/', path), longname: '', attrs: {} as Attributes }])),
  )
  sftp.on('READLINK', (id, path) =>
    take(id, async () => {
      if (served.quirks.noReadlink) throw new Refusal(STATUS_CODE.OP_UNSUPPORTED)
      sftp.name(id, [{ filename: await readlink(place(path)), longname: '', attrs: {} as Attributes }])
    }),
  )
  sftp.on('MKDIR', (id, path) => ok(id, () => mkdir(place(path))))
  sftp.on('RMDIR', (id, path) => ok(id, () => rmdir(place(path))))
  sftp.on('REMOVE', (id, path) => ok(id, () => unlink(place(path))))
  const move = async (from: string, to: string, replaces: boolean): Promise<void> => {
    if (!replaces && (await exists(place(to)))) throw new Refusal(STATUS_CODE.FAILURE, 'file exists')
    await rename(place(from), place(to))
    const { holdRename } = served.quirks
    if (!holdRename || !to.endsWith(holdRename.suffix)) return
    holdRename.onRename()
    await Promise.race([holdRename.until, delay(60_000)])
  }
  sftp.on('RENAME', (id, from, to) => ok(id, () => move(from, to, false)))
  sftp.on('EXTENDED', (id, name, data) =>
    ok(id, async () => {
      if (name !== 'posix-rename@openssh.com') throw new Refusal(STATUS_CODE.OP_UNSUPPORTED)
      const [from = '', to = ''] = strings(data)
      await move(from, to, !served.quirks.failingPosixRename)
    }),
  )
}

function attributesOf(stats: Stats, { attributes }: Quirks): Attributes {
  const { size, uid, gid, mode } = stats
  const times = { atime: Math.trunc(stats.atimeMs / 1000), mtime: Math.trunc(stats.mtimeMs / 1000) }
  const whole = { size, uid, gid, mode, ...times }
  if (attributes === 'no type') return { ...whole, mode: mode & 0o7777 }
  if (attributes === 'no mode') return { size, uid, gid, ...times } as Attributes
  if (attributes === 'no size') return { uid, gid, mode, ...times } as Attributes
  return whole
}

function asStatus(error: unknown, { takenStatus, missingStatus }: Quirks): { status: number; message: string } {
  if (error instanceof Refusal) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return { status: missingStatus ?? STATUS_CODE.NO_SUCH_FILE, message: 'no such file' }
  if (code === 'EACCES') return { status: STATUS_CODE.PERMISSION_DENIED, message: 'permission denied' }
  if (code === 'EEXIST') return { status: takenStatus ?? STATUS_CODE.FAILURE, message: 'file exists' }
  return { status: STATUS_CODE.FAILURE, message }
}

/** The strings of an extended request, each led by its length. */
function strings(data: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < data.length;) {
    const end = at + 4 + data.readUInt32BE(at)
    found.push(data.toString('utf8', at + 4, end))
    at = end
  }
  return found
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
