import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPairSync } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

const secret = 'S3cret'
const damagedUrl = `postgresql://app:${secret}#x/y@127.0.0.1:5432/db`
const { privateKey } = makeKey('-t', 'ed25519')

/** A configuration that is whole, for servers that are not there. */
const whole = {
  DATABASE_URL: 'postgresql://app:x@127.0.0.1:1/db',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  OAUTH_ISSUER: 'https://issuer.example.com/',
  SFTP_HOST: '127.0.0.1',
  SFTP_USERNAME: 'writer',
  SFTP_PRIVATE_KEY: privateKey,
  SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
  LOG_LEVEL: 'silent',
  PORT: '0',
}

/** Runs one of the processes as it runs in production, until it ends; one that starts is ended. */
async function startWith(program: string, args: readonly string[], environment: Record<string, string>) {
  const file = fileURLToPath(new URL(`../../src/bin/${program}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, output: out + err }
}

const processes: [string, string, string[]][] = [
  ['the API', 'api', []],
  ['a worker', 'worker', []],
  ['migrate', 'cli', ['migrate']],
  ['authorized-keys', 'cli', ['authorized-keys', 'acme']],
  ['verify', 'cli', ['verify', '--all']],
]

test.each(processes)('a password with # and / in DATABASE_URL is refused by %s', async (name, program, args) => {
  const environment: Record<string, string> = { ...whole, DATABASE_URL: damagedUrl }
  if (name === 'migrate') environment['DATABASE_OWNER_URL'] = damagedUrl
  const { code, output } = await startWith(program, args, environment)
  noteInput(`${name}: DATABASE_URL with # and / in its password`, output.trim().replaceAll('\n', ' '))
  expect(code).toBeGreaterThan(0)
  expect(output).toMatch(/(- |")DATABASE_URL has a #/)
  expect(output).not.toMatch(/S3cret|x\/y|\n\s+at /)
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'SOURCE_DATABASE_URL with several hosts',
    { SOURCE_DATABASE_URL: `postgresql://a:${secret}@b,c/d` },
    /SOURCE_DATABASE_URL names several/,
  ],
  [
    'a database password that is a placeholder',
    { DATABASE_URL: 'postgresql://a:change-me@b/c' },
    /DATABASE_URL has a placeholder as its password/,
  ],
  [
    'an SSH key with \\n',
    { SFTP_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n') },
    /SFTP_PRIVATE_KEY has lost its line ends/,
  ],
  ['a public SSH key', { SFTP_PRIVATE_KEY: makeKey('-t', 'ed25519').line }, /SFTP_PRIVATE_KEY is a public key/],
  [
    'an encrypted SSH key without its passphrase',
    { SFTP_PRIVATE_KEY: makeKey('-t', 'ed25519', '-N', secret).privateKey },
    /SFTP_PRIVATE_KEY is encrypted/,
  ],
  [
    'an SSH key of a type that SSH lacks',
    { SFTP_PRIVATE_KEY: String(generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })) },
    /SFTP_PRIVATE_KEY has a type that SSH does not support/,
  ],
  ['an http issuer', { OAUTH_ISSUER: 'http://issuer.example.com/' }, /OAUTH_ISSUER must be an https/],
  ['keys of the issuer over http', { OAUTH_JWKS_URL: 'http://10.0.0.1/keys' }, /OAUTH_JWKS_URL must be an https/],
  ['an http PUBLIC_URL', { PUBLIC_URL: 'http://exports.example.com' }, /PUBLIC_URL must be an https/],
  [
    'a webhook with a login in its URL',
    { ALERT_WEBHOOK_URL: `https://a:${secret}@hooks.example.com` },
    /ALERT_WEBHOOK_URL must have no user/,
  ],
])('the API does not start with %s', async (input, wrong, words) => {
  const { code, output } = await startWith('api', [], { ...whole, ...wrong })
  noteInput(`the API: ${input}`, output.trim().replaceAll('\n', ' '))
  expect(code).toBe(1)
  expect(output).toMatch(words)
  expect(output).not.toMatch(/S3cret|\n\s+at /)
  for (const line of (wrong['SFTP_PRIVATE_KEY'] ?? '').split(/\\n|\s/).filter((each) => each.length > 20)) {
    expect(output).not.toContain(line)
  }
})
