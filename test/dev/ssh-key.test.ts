import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { generateSshKeyPair } from '../../dev/machine/ssh-key.js'

test('each of 3,000 generated key pairs can be read, and its public key verifies its signatures', () => {
  const data = Buffer.from('signed')
  const isUsable = (): boolean => {
    const pair = generateSshKeyPair()
    const [signer, verifier] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)]
    if (signer instanceof Error || verifier instanceof Error) return false
    const verdict: unknown = verifier.verify(data, signer.sign(data))
    return verdict === true
  }
  expect(Array.from({ length: 3000 }, isUsable).filter((usable) => !usable)).toEqual([])
})
