import { expect, test } from 'vitest'
import { decodeKeyFile, fieldMessage, keyLineOf, labelFromKey } from '../../../console/src/pages/sftp/public-key'

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Vq9n6YkTnQyqBzyQ6n3'

test.each([
  [`${key} warehouse loader`, 'warehouse loader'],
  [`\n  ${key}\tana@host \r\n`, 'ana@host'],
  [key, ''],
  [`${key} `, ''],
  ['', ''],
  ['not a key at all', ''],
  [`${key} a\u202eb\u0007c`, 'abc'],
  [`${key} ${'x'.repeat(300)}`, 'x'.repeat(100)],
])('the label of %j is the comment of the key', (text, label) => {
  expect(labelFromKey(text)).toBe(label)
})

test('empty lines and blanks around a key are removed', () => {
  expect(keyLineOf(`\r\n  ${key} loader  \r\n\r\n`)).toBe(`${key} loader`)
})

test('several keys stay several lines, so that the API refuses them', () => {
  expect(keyLineOf(`${key}\n${key}`)).toBe(`${key}\n${key}`)
})

test('a file of PowerShell in UTF-16 is read, in both orders of bytes', () => {
  const little = Buffer.from(`\ufeff${key}`, 'utf16le')
  const big = Buffer.from(little).swap16()
  expect(decodeKeyFile(little)).toBe(key)
  expect(decodeKeyFile(big)).toBe(key)
  expect(decodeKeyFile(Buffer.from(key))).toBe(key)
})

test('messages of the API name the fields of the form', () => {
  expect(fieldMessage('publicKey is empty.')).toBe('The key is empty.')
  expect(fieldMessage('label is empty.')).toBe('The label is empty.')
  expect(fieldMessage('This key exists already, as "label".')).toBe('This key exists already, as "label".')
})
