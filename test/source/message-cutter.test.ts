import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RawRow, rowsOf } from '../../src/domain/rows.js'
import { MessageCutter } from '../../src/source/message-cutter.js'
import { rowBlock } from '../support/postgres/row-block.js'

/** A message other than a row. */
function other(type: string, body: string): Buffer {
  const message = Buffer.from(`${type}....${body}`)
  message.writeInt32BE(message.length - 1, 1)
  return message
}

type Seen = { row: RawRow } | { other: string }

/**
 * What comes of a stream in pieces of the given sizes, over and over, in its order. Each piece is read into the same
 * memory.
 */
function cut(stream: Buffer, sizes: readonly number[]): { seen: Seen[]; rest: Buffer } {
  const seen: Seen[] = []
  const memory = Buffer.alloc(Math.max(...sizes))
  const cutter = new MessageCutter(
    (block) => seen.push(...rowsOf(block).map((row) => ({ row }))),
    (message) => seen.push({ other: message.toString('latin1') }),
  )
  for (let start = 0, turn = 0; start < stream.length; turn += 1) {
    const end = start + sizes[turn % sizes.length]!
    const size = stream.copy(memory, 0, start, end)
    cutter.add(memory.subarray(0, size))
    memory.fill('D')
    start = end
  }
  return { seen, rest: Buffer.concat(cutter.rest()) }
}

const rows = fc.array(fc.option(fc.string({ maxLength: 40 }))).map((row) => ({ row }))
const others = fc.tuple(fc.constantFrom('C', 'Z', 'N', '2'), fc.string({ maxLength: 9, unit: 'binary-ascii' }))
const streams = fc.array(
  fc.oneof(
    rows,
    others.map(([type, body]) => ({ other: other(type, body).toString('latin1') })),
  ),
)

test('rows and other messages come whole and in order from chunks of any size', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent: Seen[], sizes) => {
      const messages = sent.map((one) =>
        'row' in one ? rowBlock([one.row]).messages : Buffer.from(one.other, 'latin1'),
      )
      const { seen, rest } = cut(Buffer.concat(messages), sizes)
      expect(seen).toEqual(sent)
      expect(rest).toHaveLength(0)
    }),
    { numRuns: 1_000 },
  )
})

test('a row of many pieces is put together once', () => {
  const huge = 'x'.repeat(3_000_000)
  const { seen } = cut(
    rowBlock([
      ['a', huge],
      ['b', null],
    ]).messages,
    [1_000],
  )
  expect(seen).toEqual([{ row: ['a', huge] }, { row: ['b', null] }])
})

test('the bytes of a message that is not whole are kept and can be removed', () => {
  const stream = Buffer.concat([rowBlock([['a']]).messages, other('Z', 'I')])
  const { seen, rest } = cut(stream.subarray(0, -1), [4])
  expect(seen).toEqual([{ row: ['a'] }])
  expect(rest).toEqual(other('Z', 'I').subarray(0, -1))
})
