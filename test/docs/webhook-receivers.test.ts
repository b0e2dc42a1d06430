import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answersChallenge, challengeBody } from '../../src/domain/webhook-message.js'
import { newSigningSecret, signedHeaders } from '../../src/webhooks/signing.js'
import { eventually } from '../support/eventually.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { blocksOf } from './pages.js'

const blocks = blocksOf('docs/how-to/receive-webhooks.md')
const [nodeReceiver = '', verifyEd25519 = ''] = blocks
  .filter(({ language }) => language === 'js')
  .map(({ text }) => text)
const [pythonReceiver = ''] = blocks.filter(({ language }) => language === 'python').map(({ text }) => text)
const hasPython = await commandAvailable('python3', 'the receiver of webhooks in Python')

const body = JSON.stringify({ id: 'e-1', type: 'test', data: { text: 'ü' } })
const message = (at = new Date()) => ({ id: 'e-1', body, at })
let folder: string
let receiver: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-receivers-'))
})
afterEach(async () => {
  if (!receiver) return
  const closed = once(receiver, 'close')
  receiver.kill()
  await closed
  receiver = undefined
})
afterAll(() => rm(folder, { recursive: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a receiver of the page, and returns how to post to it and what it prints. */
async function start(command: string, name: string, text: string, secret: string) {
  const file = join(folder, name)
  await writeFile(file, text)
  const port = await freePort()
  const { PATH } = process.env
  const started = spawn(command, [file], { env: { PATH, PORT: String(port), WEBHOOK_SECRET: secret } })
  receiver = started
  let printed = ''
  started.stdout.setEncoding('utf8').on('data', (chunk) => (printed += String(chunk)))
  const post = (content: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: content, headers })
  await eventually('the receiver listens', () => post('{"type":"none"}').catch(() => undefined))
  return { post, printed: () => printed }
}

describe.each([
  ['node', 'receiver.mjs', nodeReceiver, true],
  ['python3', 'receiver.py', pythonReceiver, hasPython],
] as const)('the receiver of the how-to guide in %s', (command, name, text, isAvailable) => {
  test.runIf(isAvailable)(
    'it answers the challenge, and accepts only messages that are signed and recent',
    async () => {
      const [secret, other] = [newSigningSecret('HMAC'), newSigningSecret('HMAC')]
      const { post, printed } = await start(command, name, text, secret.shown ?? '')
      const challenge = challengeBody({ id: 'c-1', tenantId: 'acme', at: new Date(), value: 'v-1' })
      expect(answersChallenge(await (await post(challenge)).text(), 'v-1')).toBe(true)

      const statusOf = async (content: string, headers: Record<string, string>) => (await post(content, headers)).status
      const headers = signedHeaders(message(), [other, secret])
      expect(await statusOf(body, headers)).toBe(204)
      await eventually('the event is printed', () => printed().includes('e-1 test'))
      expect(await statusOf(`${body} `, headers)).toBe(401)
      expect(await statusOf(body, signedHeaders(message(), [other]))).toBe(401)
      expect(await statusOf(body, signedHeaders(message(new Date(Date.now() - 600_000)), [secret]))).toBe(401)
      expect(await statusOf(body, { ...headers, 'webhook-timestamp': 'soon' })).toBe(401)
      expect(await statusOf(body, {})).toBe(401)
    },
  )
})

test('the function of the how-to guide verifies messages that Ed25519 has signed, and no others', async () => {
  const file = join(folder, 'ed25519.mjs')
  await writeFile(file, verifyEd25519)
  const { isSigned } = (await import(pathToFileURL(file).href)) as {
    isSigned: (publicKey: string, headers: Record<string, string>, text: string) => boolean
  }
  const [secret, other] = [newSigningSecret('ED25519'), newSigningSecret('ED25519')]
  const headers = signedHeaders(message(), [newSigningSecret('HMAC'), secret])
  expect(isSigned(secret.publicKey ?? '', headers, body)).toBe(true)
  expect(isSigned(other.publicKey ?? '', headers, body)).toBe(false)
  expect(isSigned(secret.publicKey ?? '', headers, `${body} `)).toBe(false)
  expect(isSigned(secret.publicKey ?? '', { ...headers, 'webhook-timestamp': 'soon' }, body)).toBe(false)
})
