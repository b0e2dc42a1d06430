import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { privateKeyIn } from '../../../console/src/pages/sftp/private-key'

const pem = (format: 'pkcs1' | 'pkcs8') =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: format, format: 'pem' }).toString()

const opensshBody = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW'
const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\n${opensshBody}\n-----END OPENSSH PRIVATE KEY-----\n`
const putty =
  'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: loader\nPublic-Lines: 2\nAAAA\nPrivate-Lines: 1\nAAAA\n'

test.each([
  ['PKCS#1', pem('pkcs1'), 'PEM'],
  ['PKCS#8', pem('pkcs8'), 'PEM'],
  ['encrypted PKCS#8', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB', 'PEM'],
  ['EC', '-----BEGIN EC PRIVATE KEY-----\nMHcC', 'PEM'],
  ['SSH2', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----', 'PEM'],
  ['OpenSSH', openssh, 'OPENSSH'],
  ['PuTTY', putty, 'PUTTY'],
  ['PuTTY without its first line', putty.slice(putty.indexOf('\n')), 'PUTTY'],
])('a private key in the format %s is found', (_format, text, kind) => {
  expect(privateKeyIn(text)).toBe(kind)
})

test.each([
  ['in a longer text', `Hello,\nhere is our key:\n\n${openssh}\nRegards`],
  ['after a public key', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA loader\n${openssh}`],
  ['in lower case', openssh.toLowerCase()],
  ['with surplus blanks in its header', '-----BEGIN   OPENSSH  PRIVATE\tKEY-----'],
  ['with its header broken into lines', '-----BEGIN OPENSSH\nPRIVATE KEY-----'],
  ['without its header', opensshBody],
  ['without its header, broken into short lines', opensshBody.replaceAll(/(.{10})/g, '$1\n')],
  ['quoted in a mail', openssh.replaceAll(/^/gm, '> ')],
  ['in UTF-16 that was read as UTF-8', openssh.split('').join('\0')],
])('a private key %s is found', (_place, text) => {
  expect(privateKeyIn(text)).toBe('OPENSSH')
})

test.each([
  ['an Ed25519 key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Vq9n6YkTnQyqBzyQ6n3 loader'],
  ['a comment about private keys', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Vq9n6Y private key of the loader'],
  ['a public key in PEM', '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----'],
  ['a public key in the format SSH2', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----'],
  ['nothing', ''],
])('%s is not taken for a private key', (_what, text) => {
  expect(privateKeyIn(text)).toBeUndefined()
})

test('a text of a megabyte is searched in a moment', () => {
  expect(privateKeyIn('begin private '.repeat(75_000))).toBeUndefined()
})
