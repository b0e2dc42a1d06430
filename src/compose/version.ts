import { readFileSync } from 'node:fs'
import { besideSource } from './beside-source.js'

/** The version of this release. */
export function releaseVersion(): string {
  return (JSON.parse(readFileSync(besideSource('package.json'), 'utf8')) as { version: string }).version
}
