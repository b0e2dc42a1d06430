import { expect, test } from 'vitest'
import { readSshStrings, writeSshString } from '../../src/domain/ssh-strings.js'

const text = (value: string) => new TextEncoder().encode(value)

test('strings in SSH encoding are read back, also from the middle of a buffer', () => {
  const written = Buffer.concat(['before', 'ssh-ed25519', '', 'é'].map((value) => writeSshString(text(value))))
  const read = readSshStrings(written.subarray(10))
  expect(read?.map((bytes) => Buffer.from(bytes).toString())).toEqual(['ssh-ed25519', '', 'é'])
})

test.each([[[0]], [[0, 0, 0]], [[0, 0, 0, 1]], [[255, 255, 255, 255, 1]]])(
  'strings in SSH encoding whose length exceeds the buffer are not read: %j',
  (bytes) => {
    expect(readSshStrings(Uint8Array.from(bytes))).toBeUndefined()
  },
)
