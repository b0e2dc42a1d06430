import type { Socket } from 'node:net'
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2'
import type { AccountView } from './account-view.js'
import { extendedRequest } from './extended-request.js'
import { asSftpFailure, Status, unsupported } from './failure.js'
import { FileOperations } from './file-operations.js'
import { type OpenFile, OpenHandles } from './open-handles.js'
import { RequestQueue } from './request-queue.js'
import { normalizePath } from './virtual-paths.js'

/** Far above what well-behaved clients use. */
const limits = { handles: 256, requests: 4096, bytes: 64 * 1024 * 1024, unsentBytes: 64 * 1024 * 1024 }

const nothing: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 }

/**
 * Answers one SFTP channel of a client.
 * @param socket the client's connection. It is closed if the client violates the protocol or does not read its answers.
 * @param onClosed is called with each file that the client had open
 * @returns a promise that resolves when the channel has ended and all its handles are closed
 */
export function serveSftp(
  sftp: SFTPWrapper,
  view: AccountView,
  socket: Socket,
  onClosed?: (file: OpenFile) => void,
): Promise<void> {
  const files = new FileOperations(view, new OpenHandles(limits.handles, onClosed))
  const queue = new RequestQueue(limits)
  let gone = false

  /** Queues a request. `work` answers it; if `work` fails, the answer is the status of the failure. */
  const take = (id: number, work: () => Promise<void>, bytes = 0): void => {
    const answer = async (): Promise<void> => {
      if (gone) return
      if (socket.writableLength + unsentBytes(sftp) > limits.unsentBytes) return void socket.destroy()
      await work().catch((error: unknown) => {
        const { status, message } = asSftpFailure(error)
        sftp.status(id, status, message)
      })
    }
    if (!queue.add(bytes, answer)) socket.destroy()
  }
  const done = (id: number, work: () => Promise<void>, bytes = 0): void =>
    take(id, () => work().then(() => sftp.status(id, Status.OK)), bytes)
  const orEnd = <T>(id: number, send: (value: T) => void, value: T | undefined): void =>
    value === undefined ? sftp.status(id, Status.EOF) : send(value)

  sftp.on('OPEN', (id, path, flags, attrs) =>
    take(id, async () => sftp.handle(id, await files.open(path, flags, attrs))),
  )
  sftp.on('READ', (id, handle, offset, length) =>
    take(id, async () => orEnd(id, (data) => sftp.data(id, data), await files.read(handle, offset, length))),
  )
  sftp.on('WRITE', (id, handle, offset, data) => done(id, () => files.write(handle, offset, data), data.length))
  sftp.on('CLOSE', (id, handle) => done(id, () => files.handles.close(handle)))
  sftp.on('OPENDIR', (id, path) => take(id, async () => sftp.handle(id, await files.openFolder(path))))
  sftp.on('READDIR', (id, handle) =>
    take(id, async () => {
      const entries = await files.readFolder(handle)
      orEnd(id, (names: FileEntry[]) => sftp.name(id, names), entries.length === 0 ? undefined : entries)
    }),
  )
  const stat = (id: number, path: string): void => take(id, async () => sftp.attrs(id, await files.stat(path)))
  sftp.on('STAT', stat)
  sftp.on('LSTAT', stat)
  sftp.on('FSTAT', (id, handle) => take(id, async () => sftp.attrs(id, await files.statHandle(handle))))
  sftp.on('SETSTAT', (id, path, attrs) => done(id, () => files.setAttributes(path, attrs)))
  sftp.on('FSETSTAT', (id, handle, attrs) => done(id, () => files.setHandleAttributes(handle, attrs)))
  sftp.on('REALPATH', (id, path) =>
    take(id, async () => {
      const filename = normalizePath(path)
      sftp.name(id, [{ filename, longname: filename, attrs: nothing }])
    }),
  )
  sftp.on('REMOVE', (id, path) => done(id, () => files.remove(path)))
  sftp.on('RMDIR', (id, path) => done(id, () => files.removeFolder(path)))
  sftp.on('MKDIR', (id, path, attrs) => done(id, () => files.makeFolder(path, attrs)))
  sftp.on('RENAME', (id, from, to) => done(id, () => files.rename(from, to)))
  sftp.on('SYMLINK', (id) => done(id, () => files.refuseLink()))
  sftp.on('READLINK', (id) => done(id, () => Promise.reject(unsupported())))
  sftp.on('EXTENDED', (id, name, data) => done(id, () => extendedRequest(files, name, data)))

  return new Promise((resolve) => {
    const finish = (): void => resolve(queue.close(() => files.handles.closeAll()).then(() => sftp.end()))
    // The client has sent its last request and still gets the answers.
    sftp.on('end', finish)
    sftp.on('close', () => {
      gone = true
      finish()
    })
    sftp.on('error', () => {
      gone = true
      socket.destroy()
      finish()
    })
  })
}

/** The size of the answers that ssh2 has not sent yet. ssh2 has no public API for it; without the field it counts as 0. */
function unsentBytes(sftp: SFTPWrapper): number {
  const { _buffer: unsent = [] } = sftp as { _buffer?: readonly Buffer[] }
  return unsent.reduce((bytes, answer) => bytes + answer.length, 0)
}
