import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { expectRefusal, said } from './support/refusals.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'
import { keyLine, makeKey, somePoint } from '../support/sftp/ssh-keys.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const good = makeKey('-t', 'ed25519')
const addition = `mutation ($publicKey: String!, $label: String!) {
  addSftpKey(publicKey: $publicKey, label: $label) { key { id } userErrors { code message } }
}`
const add = (publicKey: string, label = 'loader', token?: string) =>
  api.graphql(addition, { variables: { publicKey, label }, ...(token !== undefined && { token }) })

test.each<[string, string, string]>([
  ['addSftpKey: a private key', good.privateKey, 'PRIVATE_KEY_GIVEN'],
  ['addSftpKey: a private key in one line', good.privateKey.replaceAll('\n', ' '), 'PRIVATE_KEY_GIVEN'],
  ['addSftpKey: options before the key', `command="/bin/sh" ${good.line}`, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: two keys', `${good.line}\n${makeKey('-t', 'ecdsa').line}`, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: a second line by CR LF', `${good.canonical}\r\nssh-rsa AAAA`, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: a NUL in the key', `${good.canonical}\u0000`, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: DSA', keyLine('ssh-dss', randomBytes(128)), 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: RSA of 2048 bits', makeKey('-t', 'rsa', '-b', '2048').line, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: a certificate', keyLine('ssh-ed25519-cert-v01@openssh.com', randomBytes(32)), 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: another type inside', good.canonical.replace('ssh-ed25519', 'ssh-rsa'), 'INVALID_PUBLIC_KEY'],
  [
    'addSftpKey: a point of another curve',
    keyLine('ecdsa-sha2-nistp256', 'nistp384', somePoint(48)),
    'INVALID_PUBLIC_KEY',
  ],
  ['addSftpKey: noise', `ssh-ed25519 ${randomBytes(60).toString('base64')}`, 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: SQL', "ssh-ed25519 AAAA'; DROP TABLE sftp_key; --", 'INVALID_PUBLIC_KEY'],
  ['addSftpKey: 200 KB', `${good.canonical} ${'x'.repeat(200_000)}`, 'INVALID_PUBLIC_KEY'],
])('%s is refused', async (input, publicKey, code) => {
  await expectRefusal(api, input, () => add(publicKey), { status: 200, code })
  expect(api.log()).not.toContain(good.privateKey.split('\n')[2])
})

test.each([
  ['addSftpKey: a label with an escape', 'a\u001b[2J'],
  ['addSftpKey: a label that turns text around', 'a\u202eb'],
  ['addSftpKey: a label of 10,000 characters', 'x'.repeat(10_000)],
])('%s is refused', async (input, label) => {
  await expectRefusal(api, input, () => add(good.line, label), { status: 200, code: 'INVALID_LABEL' })
})

test('a tenant can neither see nor remove the keys of others', async () => {
  const globex = await api.authority.sign({ claims: { tenant_id: 'globex' } })
  const added = JSON.parse((await add(good.line, 'mine', globex)).text) as {
    data: { addSftpKey: { key: { id: string } } }
  }
  const { id } = added.data.addSftpKey.key
  const same = await add(good.line)
  noteInput("addSftpKey: another tenant's key", said(same) + same.text)
  // As if nobody had it: whoever adds a public key first must neither lock its owner out nor learn where it is used.
  expect(JSON.parse(same.text)).toMatchObject({ data: { addSftpKey: { key: {}, userErrors: [] } } })
  expect(same.text).not.toContain('globex')
  const own = (JSON.parse(same.text) as { data: { addSftpKey: { key: { id: string } } } }).data.addSftpKey.key.id
  expect(own).not.toBe(id)
  const removal = `mutation { removeSftpKey(id: "${id}") { userErrors { code message } } }`
  await expectRefusal(api, "removeSftpKey: another tenant's id", () => api.graphql(removal), {
    status: 200,
    code: 'NO_SUCH_KEY',
  })
  const shown = await api.graphql('{ sftpAccess { username keys { id } } }')
  noteInput("sftpAccess: another tenant's keys", said(shown) + shown.text)
  expect(JSON.parse(shown.text)).toMatchObject({
    data: { sftpAccess: { username: expect.not.stringMatching('globex'), keys: [{ id: own }] } },
  })
})
