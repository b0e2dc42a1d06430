import { describe } from 'vitest'
import { findChromium } from '../../../dev/machine/chromium.js'
import { readEnvironment } from '../../../src/config/env.js'
import { runsIf } from '../../support/programs/command-available.js'

/**
 * A `describe` that runs where there is a browser, and elsewhere says plainly that this part did not run. Use it at the top level of
 * a test file: `await describeInBrowser('…', () => { … })`.
 */
export async function describeInBrowser(name: string, body: () => void): Promise<void> {
  const chromium = await findChromium(readEnvironment())
  const reason = 'there is no Chromium on the PATH (apt-get install chromium)'
  describe.runIf(runsIf(chromium !== undefined, `"${name}"`, reason))(name, body)
}
