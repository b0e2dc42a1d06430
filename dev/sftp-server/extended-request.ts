import { failure, unsupported } from './failure.js'
import type { FileOperations } from './file-operations.js'
import { readSshStrings } from '../../src/domain/ssh-strings.js'

/**
 * OpenSSH's extensions. ssh2's server can't announce them, so only clients that don't check for them send them. statvfs
 * is missing because ssh2 can't send its answer.
 */
export async function extendedRequest(files: FileOperations, name: string, data: Buffer | undefined): Promise<void> {
  const [first, second] = readStrings(data ?? Buffer.alloc(0))
  if (name === 'posix-rename@openssh.com' && first && second) return files.rename(String(first), String(second))
  if (name === 'fsync@openssh.com' && first) return files.sync(first)
  throw unsupported()
}

/** The strings of a packet. Throws a failure if a length leads past the end. */
function readStrings(data: Buffer): Buffer[] {
  const strings = readSshStrings(data)
  if (!strings) throw failure('Malformed request')
  return strings.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
}
