import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authorizedKeysLine, type KeyProblem, parsePublicKey, problemOfLabel } from '../../src/domain/sftp-key.js'
import { keyLine, makeKey, softSecurityKey, somePoint } from '../support/sftp/ssh-keys.js'

const ed25519 = makeKey('-t', 'ed25519')
const rsa = makeKey('-t', 'rsa', '-b', '3072')
const blob = ed25519.canonical.split(' ')[1] ?? ''
const odd = (bytes: number) => Buffer.concat([Buffer.of(0, 0xff), randomBytes(bytes - 2), Buffer.of(1)])
const pkcs8 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const exponent = Buffer.of(1, 0, 1)

describe('a public key', () => {
  test.each<[string, string]>([
    ['ed25519', ed25519.line],
    ['ECDSA, 256 bits', makeKey('-t', 'ecdsa', '-b', '256').line],
    ['ECDSA, 384 bits', makeKey('-t', 'ecdsa', '-b', '384').line],
    ['ECDSA, 521 bits', makeKey('-t', 'ecdsa', '-b', '521').line],
    ['RSA, 3072 bits', rsa.line],
    ['a security key', softSecurityKey().line],
    ['an ECDSA security key', keyLine('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', somePoint(32), 'ssh:')],
  ])('a public key is accepted in its canonical form: %s', (_what, line) => {
    const [type, base64] = line.split(' ')
    const expected = { ok: true, value: { type, blob: base64 } }
    expect(parsePublicKey(line)).toEqual(expected)
    expect(parsePublicKey(`  ${type}\t${base64}   a comment of "several" words \r\n`)).toEqual(expected)
    expect(authorizedKeysLine(expected.value as never)).toBe(`restrict ${type} ${base64}`)
  })

  test.each<[string, string, KeyProblem]>([
    ['nothing', ' \n', 'EMPTY'],
    ['a private key', ed25519.privateKey, 'PRIVATE_KEY'],
    ['a private key in one line', ed25519.privateKey.replaceAll('\n', ' '), 'PRIVATE_KEY'],
    ['the body of a private key', ed25519.privateKey.split('\n').slice(1, -2).join(''), 'PRIVATE_KEY'],
    ['a private key of PKCS 8', pkcs8, 'PRIVATE_KEY'],
    ['a private key of PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none', 'PRIVATE_KEY'],
    ['a private key after a public one', `${ed25519.line}\n${ed25519.privateKey}`, 'PRIVATE_KEY'],
    ['a key of PKCS 8', '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----', 'OTHER_FORMAT'],
    ['a key of RFC 4716', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----', 'OTHER_FORMAT'],
    ['two keys', `${ed25519.line}\n${rsa.line}`, 'SEVERAL_LINES'],
    ['a second line by CR alone', `${ed25519.canonical}\rrsa`, 'SEVERAL_LINES'],
    ['a NUL', `${ed25519.canonical}\u0000`, 'CONTROL_CHARACTERS'],
    ['an escape', `${ed25519.canonical} \u001b[2J`, 'CONTROL_CHARACTERS'],
    ['a command before it', `command="/bin/sh" ${ed25519.line}`, 'OPTIONS'],
    ['other options before it', `no-pty,from="10.0.0.1" ${ed25519.line}`, 'OPTIONS'],
    ['options with a certificate authority', `cert-authority ${ed25519.line}`, 'OPTIONS'],
    ['a certificate', keyLine('ssh-ed25519-cert-v01@openssh.com', randomBytes(32)), 'CERTIFICATE'],
    ['DSA', keyLine('ssh-dss', odd(128)), 'TYPE_NOT_ACCEPTED'],
    ['a type of nobody', `ssh-rot13 ${blob}`, 'TYPE_NOT_ACCEPTED'],
    ['the blob alone', blob, 'TYPE_NOT_ACCEPTED'],
    ['a type in other letters', `SSH-ED25519 ${blob}`, 'TYPE_NOT_ACCEPTED'],
    ['a type without a key', 'ssh-ed25519', 'NOT_BASE64'],
    ['no base64', 'ssh-ed25519 AAAA!!!!', 'NOT_BASE64'],
    ['base64 that was cut off', `ssh-ed25519 ${blob.slice(0, -1)}`, 'NOT_BASE64'],
    ['base64 of the web', `ssh-ed25519 ${blob.slice(0, -4)}_-_-`, 'NOT_BASE64'],
    ['base64 that is written in another way', `ssh-rsa AAAAB3NzaC1yc2F=`, 'NOT_BASE64'],
    ['another type inside', `ssh-rsa ${blob}`, 'OTHER_TYPE_INSIDE'],
    ['a length that leads past the end', `ssh-ed25519 ${Buffer.alloc(32, 0xff).toString('base64')}`, 'MALFORMED'],
    ['a key that was cut off', `ssh-ed25519 ${blob.slice(0, -4)}`, 'MALFORMED'],
    ['more than a key', keyLine('ssh-ed25519', randomBytes(32), 'more'), 'MALFORMED'],
    ['a point of another curve', keyLine('ecdsa-sha2-nistp256', 'nistp384', somePoint(48)), 'MALFORMED'],
    ['a point in its short form', keyLine('ecdsa-sha2-nistp256', 'nistp256', randomBytes(33)), 'MALFORMED'],
    ['a security key without an application', keyLine('sk-ssh-ed25519@openssh.com', randomBytes(32)), 'MALFORMED'],
    ['RSA of 2048 bits', makeKey('-t', 'rsa', '-b', '2048').line, 'SHORT_RSA'],
    ['RSA of 20000 bits', keyLine('ssh-rsa', exponent, odd(2501)), 'LONG_RSA'],
    ['RSA with the exponent 1', keyLine('ssh-rsa', Buffer.of(1), odd(385)), 'MALFORMED'],
    ['RSA with an even modulus', keyLine('ssh-rsa', exponent, Buffer.concat([odd(385), Buffer.of(2)])), 'MALFORMED'],
    ['RSA with a negative modulus', keyLine('ssh-rsa', exponent, odd(385).subarray(1)), 'MALFORMED'],
    ['RSA led by zeros', keyLine('ssh-rsa', exponent, Buffer.concat([Buffer.alloc(200), odd(200)])), 'MALFORMED'],
    ['a long comment', `${ed25519.canonical} ${'x'.repeat(257)}`, 'COMMENT_TOO_LONG'],
    ['a megabyte', `${ed25519.canonical} ${'x'.repeat(1_000_000)}`, 'TOO_LONG'],
  ])('a public key is refused: %s', (_what, text, problem) => {
    expect(parsePublicKey(text)).toEqual({ ok: false, problem })
  })
})

describe('a label', () => {
  test.each([
    ['warehouse loader', undefined],
    ['Łódź — 倉庫', undefined],
    ['', 'EMPTY'],
    ['  ', 'EMPTY'],
    ['x'.repeat(101), 'TOO_LONG'],
    ['two\nlines', 'CONTROL_CHARACTERS'],
    ['turned \u202e around', 'CONTROL_CHARACTERS'],
    ['half a pair \ud800', 'CONTROL_CHARACTERS'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'PRIVATE_KEY'],
  ])('the check of the label %j gives %s', (label, problem) => {
    expect(problemOfLabel(label)).toBe(problem)
  })
})
