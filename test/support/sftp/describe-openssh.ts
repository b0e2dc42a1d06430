import { describe } from 'vitest'
import { openSshAvailability } from './openssh-availability.js'

/**
 * A `describe` that runs where OpenSSH is there, and elsewhere says plainly that this part did not run.
 * Use it at the top level of a test file: `await describeWithOpenSsh('…', () => { … })`.
 */
export async function describeWithOpenSsh(name: string, body: () => void): Promise<void> {
  const found = await openSshAvailability()
  if (!found.available) console.warn(`DID NOT RUN: "${name}" needs OpenSSH's server: ${found.reason}`)
  describe.runIf(found.available)(name, body)
}
