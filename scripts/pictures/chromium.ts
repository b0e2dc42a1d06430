import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { findChromium } from '../../dev/machine/chromium.js'
import { readEnvironment } from '../../src/config/env.js'

/** Time of the page's own clock that its scripts get, however fast the machine is. In ms. */
const pageTime = 15_000

export interface Shot {
  readonly width: number
  readonly height: number
  readonly file: string
}

/** Saves a page as a PNG of this size. @throws where there is no Chromium */
export async function screenshot(url: string, { width, height, file }: Shot): Promise<void> {
  const chromium = await findChromium(readEnvironment())
  if (chromium === undefined) throw new Error('There is no Chromium on the PATH. Install it: apt-get install chromium')
  await promisify(execFile)(chromium, [
    '--headless',
    // Chromium's sandbox refuses to work for root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--hide-scrollbars',
    `--window-size=${width},${height}`,
    `--virtual-time-budget=${pageTime}`,
    `--screenshot=${resolve(file)}`,
    url,
  ])
}
