import { expect, test } from 'vitest'
import { parseBody } from '../../src/rest/body.js'

test('an encryption over REST has the words of GraphQL, and null means none', () => {
  const read = (encryption: unknown) => parseBody({ encryption })
  expect(read({ pgp: {} })).toMatchObject({
    input: { encryption: { pgp: { publicKeys: null, sign: null } } },
    errors: [],
  })
  expect(read({ pgp: { publicKeys: ['A'], sign: true } })).toMatchObject({
    input: { encryption: { pgp: { publicKeys: ['A'], sign: true } } },
    errors: [],
  })
  expect(read(null)).toMatchObject({ input: { encryption: undefined }, errors: [] })
})

test.each([
  ['pgp', 'INVALID_ENCRYPTION'],
  [[], 'INVALID_ENCRYPTION'],
  [{}, 'INVALID_ENCRYPTION'],
  [{ pgp: null }, 'INVALID_ENCRYPTION'],
  [{ pgp: { publicKeys: 'A' } }, 'INVALID_ENCRYPTION'],
  [{ pgp: { publicKeys: [1] } }, 'INVALID_ENCRYPTION'],
  [{ pgp: { sign: 'yes' } }, 'INVALID_ENCRYPTION'],
  [{ pgp: { key: 'A' } }, 'UNKNOWN_FIELD'],
  [{ pgp: {}, age: {} }, 'UNKNOWN_FIELD'],
])('an encryption of another form is refused over REST: %j', (encryption, code) => {
  expect(parseBody({ encryption }).errors).toMatchObject([{ code, pointer: '#/encryption' }])
})
