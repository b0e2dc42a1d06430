import { randomUUID } from 'node:crypto'
import { ExportError, type ExportErrorCode } from '../../domain/errors.js'
import { hiddenPath } from '../../domain/hidden-name.js'
import {
  type FoundMark,
  mostMarkBytes,
  readServerMark,
  type ServerMark,
  serverMarkContent,
} from '../../domain/server-mark.js'
import type { SftpSession } from '../../sftp/sftp.js'

const answers: ReadonlySet<ExportErrorCode> = new Set([
  'SFTP_PERMISSION_DENIED',
  'SFTP_PROTOCOL',
  'SFTP_NO_SPACE',
  'SFTP_VERIFICATION_FAILED',
  'SFTP_UNSAFE_PATH',
  'SFTP_FOLDER_MISSING',
])

/** What `ask` returns; the error if the server has answered with one. Without an answer, nothing is known: that is thrown. */
export async function answerOrRefusal<T>(ask: () => Promise<T>): Promise<T | ExportError> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ExportError && answers.has(error.code)) return error
    throw error
  }
}

export async function findMark(session: SftpSession, path: string): Promise<FoundMark> {
  const content = await answerOrRefusal(() => session.readWhole(path, mostMarkBytes))
  return content instanceof ExportError ? 'unknown' : readServerMark(content)
}

/**
 * Writes the mark as a whole, and returns the mark that is stored then: if two installations write at the same time, one of them
 * finds the other's. Returns the error if the server refuses it.
 */
export async function writeMark(
  session: SftpSession,
  path: string,
  mark: ServerMark,
  hiddenName: string,
): Promise<FoundMark | ExportError> {
  const hidden = hiddenPath(path, randomUUID(), hiddenName)
  const refusal = await answerOrRefusal(async () => {
    await session.upload(hidden, once(serverMarkContent(mark)))
    await session.replace(hidden, path, { isUploaded: true })
  })
  const stored = await findMark(session, path)
  if (!refusal) return stored
  await answerOrRefusal(() => session.remove(hidden))
  // Another worker has written it first, and the server permits no second rename.
  return stored === 'missing' || stored === 'unknown' ? refusal : stored
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}
