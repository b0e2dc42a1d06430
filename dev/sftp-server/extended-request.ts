import { failure, unsupported } from './failure.js'
import type { FileOperations } from './file-operations.js'

/**
 * OpenSSH's extensions. ssh2's server can't announce them, so only clients that try without asking send them;
 * statvfs needs an answer that ssh2 can't send.
 */
export async function extendedRequest(files: FileOperations, name: string, data: Buffer | undefined): Promise<void> {
  const [first, second] = readStrings(data ?? Buffer.alloc(0))
  if (name === 'posix-rename@openssh.com' && first && second) return files.rename(String(first), String(second))
  if (name === 'fsync@openssh.com' && first) return files.sync(first)
  throw unsupported()
}

/** The strings of a packet, each led by its length. Throws a failure where a length leads past the end. */
function readStrings(data: Buffer): Buffer[] {
  const strings: Buffer[] = []
  for (let at = 0; at < data.length;) {
    const end = at + 4 + (at + 4 <= data.length ? data.readUInt32BE(at) : 0)
    if (end > data.length) throw failure('Malformed request')
    strings.push(data.subarray(at + 4, end))
    at = end
  }
  return strings
}
