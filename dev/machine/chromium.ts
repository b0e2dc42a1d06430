import type { Environment } from '../../src/config/env.js'
import { findOnPath } from './executables.js'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** A browser of the Chromium family on the PATH. */
export async function findChromium(environment: Environment): Promise<string | undefined> {
  const found = await Promise.all(names.map((name) => findOnPath(name, environment)))
  return found.find((path) => path !== undefined)
}

/** The arguments that keep it from calling its maker. Its sandbox refuses to work for root. */
export function chromiumArguments(): string[] {
  return [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
}
