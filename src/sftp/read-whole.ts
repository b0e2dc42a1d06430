import { isMissing } from './errors.js'
import type { Operations } from './operations.js'

/**
 * The first `most` bytes of a file in two round trips; undefined if there is no such file. The read and the close are requested
 * together.
 */
export async function readWhole(operations: Operations, path: string, most: number): Promise<Buffer | undefined> {
  const file = operations.place(path)
  const doing = `Reading ${path}`
  const handle = await operations.unlessMissing<Buffer>(doing, file, (sftp, answer) => sftp.open(file, 'r', answer))
  if (!handle) return undefined
  const content = Buffer.alloc(most)
  const reading = operations.raw<number>((sftp, answer) => sftp.read(handle, content, 0, most, 0, answer))
  const closing = operations.raw<void>((sftp, answer) => sftp.close(handle, answer))
  const [read] = await Promise.allSettled([reading, closing])
  if (read.status === 'fulfilled') return content.subarray(0, read.value)
  // Some servers open any name for reading, and report at the first read that nothing is stored there.
  if (isMissing(read.reason)) return undefined
  throw await operations.typed(doing, file, read.reason)
}
