import type { Stats } from 'ssh2'
import type { Operations } from './operations.js'
import { requestBytes } from './packets.js'
import { windowBytes } from './write-limits.js'

/** A piece of a file; shorter than requested, or empty, at the end of the file. */
type Piece = Promise<Buffer>

/**
 * The bytes of a file in order, in pieces. It reads ahead up to the limit of bytes under way, until the caller takes pieces.
 * The open file stays the same if another file gets its name meanwhile.
 */
export async function* fetch(operations: Operations, path: string): AsyncGenerator<Buffer, void, undefined> {
  const file = operations.place(path)
  const doing = `Reading ${path}`
  const handle = await operations.ask<Buffer>(doing, file, (sftp, answer) => sftp.open(file, 'r', answer))
  try {
    const { size } = await operations.ask<Stats>(doing, file, (sftp, answer) => sftp.fstat(handle, answer))
    yield* pieces(size, requestBytes(operations.connection.sftp, 'read'), (position, length) =>
      readFully(operations, { doing, file, handle }, position, length),
    )
  } finally {
    await close(operations, handle)
  }
}

interface OpenFile {
  readonly doing: string
  readonly file: string
  readonly handle: Buffer
}

/** Reads to the size that the server reports, and then to the end, because some servers report none. */
async function* pieces(
  size: number,
  pieceBytes: number,
  read: (position: number, length: number) => Piece,
): AsyncGenerator<Buffer, void, undefined> {
  const ahead: Piece[] = []
  let asked = 0
  const ask = () => {
    const piece = read(asked, pieceBytes)
    // If the caller stops reading, the results of reads under way are ignored.
    piece.catch(() => {})
    ahead.push(piece)
    asked += pieceBytes
  }
  while (true) {
    while (ahead.length === 0 || (asked < size && (ahead.length + 1) * pieceBytes <= windowBytes)) ask()
    const piece = await ahead.shift()
    if (piece && piece.length > 0) yield piece
    if (!piece || piece.length < pieceBytes) return
  }
}

/** Servers may return fewer bytes than requested, long before the end. */
async function readFully(
  operations: Operations,
  { doing, file, handle }: OpenFile,
  start: number,
  length: number,
): Piece {
  const piece = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const [at, missing] = [filled, length - filled]
    const count = await operations.ask<number>(doing, file, (sftp, answer) =>
      sftp.read(handle, piece, at, missing, start + at, answer),
    )
    if (count === 0) break
    filled += count
  }
  return piece.subarray(0, filled)
}

/** The answers to all reads under way come before the answer to this, so that the connection is free for the next. */
async function close(operations: Operations, handle: Buffer): Promise<void> {
  await operations.raw<void>((sftp, answer) => sftp.close(handle, answer)).catch(() => {})
}
