import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTokenVerifier, type TokenVerifier } from '../../src/auth/token-verifier.js'
import { AuthenticationError } from '../../src/domain/access.js'
import { eventually } from '../support/eventually.js'
import { startTokenAuthority, type TokenAuthority, usualClaims } from '../support/api/token-authority.js'

const minute = 60_000

let authority: TokenAuthority
let verifier: TokenVerifier
let bearer: string
beforeEach(async () => {
  authority = await startTokenAuthority()
  verifier = createTokenVerifier({
    issuer: authority.issuer,
    ...usualClaims,
    algorithms: ['ES256'],
  })
  bearer = `Bearer ${await authority.sign({ expiresIn: '48h' })}`
  await verifier.verify(bearer)
})
afterEach(async () => {
  vi.useRealTimers()
  await authority[Symbol.asyncDispose]()
})

/** Lets the clock that tells how old keys are go on; what waits in real time waits on. */
async function verifyAfter(ms: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  const caller = await verifier.verify(bearer)
  vi.useRealTimers()
  return caller
}

test('the verifier uses the known keys while the issuer hangs, and does not wait for it', async () => {
  authority.hang()
  expect(await verifyAfter(11 * minute)).toMatchObject({ tenantId: 'acme' })
  // Were it waited for, it would have been given up by now.
  expect(await eventually('a request that hangs', () => authority.waiting() === 1, 3_000)).toBe(true)
})

test('the first call after a quiet time refuses a key that was withdrawn in it', async () => {
  await authority.rotate()
  await expect(verifyAfter(60 * minute)).rejects.toThrow(AuthenticationError)
})

test('the verifier fetches no keys that the metadata names on another machine without TLS', async () => {
  await using other = await startTokenAuthority({ jwksUri: 'http://keys.example.com/jwks' })
  const { issuer } = other
  const careful = createTokenVerifier({ issuer, ...usualClaims, algorithms: ['ES256'] })
  const refusal = careful.verify(`Bearer ${await other.sign()}`)
  await expect(refusal).rejects.toMatchObject({
    name: 'AuthenticationUnavailableError',
    cause: { message: 'http://keys.example.com/jwks is not fetched: it must be an https:// URL' },
  })
})
