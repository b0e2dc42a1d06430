import { readFile } from 'node:fs/promises'
import { eventually } from '../../test/support/eventually.js'
import { run } from '../run.js'
import type { Place } from './place.js'

/** What running a command from start to exit took. */
export interface Measured {
  readonly seconds: number
  /** User and system time of the command with its children, of Postgres and of sshd, together. */
  readonly cpuSeconds: number
  readonly output: string
}

/** The kernel counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

export async function measure(
  place: Place,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  await settle(place)
  const before = await ticks(place)
  const began = process.hrtime.bigint()
  const output = await run(command, args, environment)
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  await settle(place)
  return { seconds, cpuSeconds: ((await ticks(place)) - before) / ticksPerSecond, output }
}

/**
 * Waits until the disk and the server processes of the previous command are done. Their CPU time counts for the server only
 * after they have ended.
 */
async function settle(place: Place): Promise<void> {
  await run('sync', [])
  await eventually('sshd has no connections', async () => (await childrenOf(place.ssh.pid())) === '')
  await eventually('Postgres has no other clients', async () => {
    const { rowCount } = await place.query(
      `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    return rowCount === 0
  })
}

async function childrenOf(pid = 0): Promise<string> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
}

/** CPU time of children that have ended: our own, Postgres' and sshd's. */
async function ticks({ postgresPid, ssh }: Place): Promise<number> {
  const each = await Promise.all([process.pid, postgresPid, ssh.pid() ?? 0].map(endedChildrenTicks))
  return each.reduce((sum, one) => sum + one, 0)
}

async function endedChildrenTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // After the name in parentheses, which may have blanks: cutime and cstime are the 14th and 15th value.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[13]) + Number(fields[14])
}
