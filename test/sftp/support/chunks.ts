import { setImmediate as turn } from 'node:timers/promises'

export async function* chunksOf(bytes: Buffer, size = 261_120): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** Chunks without end; `pulled` counts them. */
export function endless(): { chunks: AsyncGenerator<Buffer>; pulled: () => number; returned: () => boolean } {
  let pulled = 0
  let returned = false
  async function* chunks(): AsyncGenerator<Buffer> {
    const chunk = Buffer.alloc(261_120, 'x')
    try {
      while (true) {
        pulled += 1
        yield chunk
        await turn()
      }
    } finally {
      returned = true
    }
  }
  return { chunks: chunks(), pulled: () => pulled, returned: () => returned }
}
