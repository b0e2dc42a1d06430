import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { builtProgram } from './programs.js'

/** A way to the SFTP server. */
export interface Line extends AsyncDisposable {
  readonly roundTripMs: number
  readonly port: number
}

export const straight = (port: number): Line => ({ roundTripMs: 0, port, [Symbol.asyncDispose]: async () => undefined })

/** A long line that a separate process simulates. Its CPU time is not counted. */
export async function longLine(port: number, roundTripMs: number): Promise<Line> {
  const args = [builtProgram('line'), String(port), String(roundTripMs / 2)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [answer] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    roundTripMs,
    port: Number(answer),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}
