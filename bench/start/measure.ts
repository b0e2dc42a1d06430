import { spawn } from 'node:child_process'
import { peakRss } from '../support/peak-rss.js'

/** What a program took from its start to its exit. */
export interface Started {
  readonly ms: number
  /** The most memory that was resident, in bytes. */
  readonly peakRss: number
}

/** Prints the peak, in bytes, on a descriptor of its own when the process exits. */
const hook = `
  import { readFileSync, writeSync } from 'node:fs'
  process.on('exit', () => writeSync(3, String((${peakRss.toString()})())))`

/** A configuration whose servers all refuse connections: a command ends once it has loaded all that it needs. */
export const nowhere = {
  DATABASE_URL: 'postgresql://app:secret@127.0.0.1:1/tidemark',
  DATABASE_OWNER_URL: 'postgresql://owner:secret@127.0.0.1:1/tidemark',
  SOURCE_DATABASE_URL: 'postgresql://reader:secret@127.0.0.1:1/platform',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  OAUTH_ISSUER: 'http://127.0.0.1:1/nobody',
  SFTP_HOST: '127.0.0.1',
  SFTP_PORT: '1',
  SFTP_USERNAME: 'nobody',
  SFTP_PASSWORD: 'nothing',
  SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
}

/** Runs Node with these arguments to its exit, whatever its exit code is. */
export function measureStart(args: readonly string[]): Promise<Started> {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint()
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], ...nowhere },
    })
    let printed = ''
    child.stdio[3]?.on('data', (bytes: Buffer) => (printed += bytes.toString()))
    child.once('error', reject)
    child.once('close', () => {
      const ms = Number(process.hrtime.bigint() - began) / 1e6
      resolve({ ms, peakRss: Number(printed) })
    })
  })
}
