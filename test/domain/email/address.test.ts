import { describe, expect, test } from 'vitest'
import { mailboxKey, maskedAddress, parseEmailAddress } from '../../../src/domain/email/address.js'

describe('which texts are addresses', () => {
  test.each([
    ['ana@example.com', 'ana@example.com'],
    ['  ana@example.com\n', 'ana@example.com'],
    ['Ana.Lee+exports@Mail.EXAMPLE.com', 'Ana.Lee+exports@mail.example.com'],
    ["o'neil@example.co.uk", "o'neil@example.co.uk"],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is the address %s', (text, address) => {
    expect(parseEmailAddress(text)).toBe(address)
  })

  test.each([
    ['', 'nothing'],
    ['ana', 'no domain'],
    ['ana@localhost', 'a domain without a dot'],
    ['ana@example.com, bob@example.com', 'two addresses'],
    ['ana@example.com\r\nBcc: bob@example.com', 'another header'],
    ['ana\r\n@example.com', 'a line end'],
    ['ana\0@example.com', 'a NUL'],
    ['Ana <ana@example.com>', 'a name'],
    ['"ana lee"@example.com', 'quotes'],
    ['ana(comment)@example.com', 'a comment'],
    ['ana@[192.0.2.1]', 'an IP address in brackets'],
    ['ana@192.0.2.1', 'an IP address'],
    ['bob%example.com@relay.example.com', 'a route with a percent sign'],
    ['relay.example.com!bob@example.com', 'a route with an exclamation mark'],
    ['@relay.example.com:bob@example.com', 'a source route'],
    ['.ana@example.com', 'a dot at the start'],
    ['ana..lee@example.com', 'two dots'],
    ['ana@-example.com', 'a domain with a hyphen at the start'],
    ['ana@example..com', 'a domain with an empty label'],
    ['änä@example.com', 'a letter that is not ASCII'],
    ['ana@bücher.example', 'a domain that is not ASCII'],
    [`${'a'.repeat(65)}@example.com`, 'a local part of 65 characters'],
    [`a@${'b.'.repeat(130)}com`, 'more than 254 characters'],
    [`a@${'b.'.repeat(50_000)}com`, 'a text of 100,000 characters'],
  ])('%j is no address, because it has %s', (text) => {
    expect(parseEmailAddress(text)).toBeUndefined()
  })
})

test('addresses of one mailbox have the same key, and others have another', () => {
  const key = mailboxKey('ana@example.com')
  for (const same of ['Ana@example.com', 'ana+x@example.com', 'ANA+y+z@example.com']) expect(mailboxKey(same)).toBe(key)
  for (const other of ['ana@example.org', 'bob@example.com']) expect(mailboxKey(other)).not.toBe(key)
})

test('a masked address shows one character of the mailbox', () => {
  expect(maskedAddress('ana@example.com')).toBe('a…@example.com')
})
