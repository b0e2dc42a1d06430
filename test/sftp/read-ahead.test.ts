import { expect, test } from 'vitest'
import { readAhead } from '../../src/sftp/read-ahead.js'
import { eventually } from '../support/eventually.js'
import { endless } from './support/chunks.js'

const chunkBytes = 261_120

/** Chunks that share one piece of memory: each is good until the next one is requested. */
async function* shared(texts: readonly string[]): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(1)
  for (const text of texts) {
    chunk.write(text)
    yield chunk
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk.toString()
  return text
}

test.each([0, 1, 3, 100])('chunks are unchanged and in order after %s bytes were read ahead', async (mostBytes) => {
  let read = 0
  const ahead = readAhead(shared(['a', 'b', 'c', 'd', 'e']), mostBytes, (bytes) => (read = bytes))
  await eventually('the read to have come as far as it may', () => read === Math.min(mostBytes, 5))
  expect(await textOf(ahead)).toBe('abcde')
})

test('no more than the given number of bytes is read before the first chunk is requested', async () => {
  const { chunks, pulled } = endless()
  let read = 0
  const ahead = readAhead(chunks, 3 * chunkBytes, (bytes) => (read = bytes))
  await eventually('three chunks to be read', () => read === 3 * chunkBytes)
  expect(pulled()).toBe(3)
  ahead.stop()
})

test('a read that stops ends the chunks', async () => {
  const { chunks, returned } = endless()
  readAhead(chunks, Infinity, () => {}).stop()
  await expect.poll(returned).toBe(true)
})

test('the caller gets the error of a chunk that was read ahead', async () => {
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('a')
    throw new Error('The source has failed.')
  }
  await expect(textOf(readAhead(failing(), 100, () => {}))).rejects.toThrow('The source has failed.')
})
