import type { Database } from '../database/client.js'
import { type Check, failed, fine, warning } from './examine.js'

/** More than the clocks of two machines differ by if they are synchronized. */
const mostSkewMs = 2000

/** Whether Tidemark's own database answers, its tables are current, and its clock agrees with this machine's. */
export function databaseChecks(
  database: Database,
  { tls, pendingMigrations }: { readonly tls: string; readonly pendingMigrations: () => Promise<readonly string[]> },
): Check[] {
  return [
    {
      name: 'database',
      remedy: 'Check that Postgres runs, and check DATABASE_URL.',
      // A login that bypasses row-level security fails the check with its own message.
      run: async () => {
        await database.check()
        const [row] = await database.forOperations(
          (transaction) =>
            transaction.$queryRaw<{ version: string; login: string }[]>`
              SELECT current_setting('server_version') AS "version", session_user AS "login"`,
        )
        return fine(`Postgres ${row?.version}; row-level security holds the login ${row?.login}; ${tls}`)
      },
    },
    {
      name: 'migrations',
      remedy: 'Run `tidemark migrate`.',
      run: async () => {
        const pending = await pendingMigrations()
        if (pending.length === 0) return fine('The tables are those of this release.')
        return failed(`Migrations are not applied: ${pending.join(', ')}`, 'Run `tidemark migrate`.')
      },
    },
    {
      name: 'clock',
      remedy: 'Check that Postgres runs, and check DATABASE_URL.',
      run: async () => skewOf(await clockOf(database)),
    },
  ]
}

interface Clock {
  readonly theirs: Date
  /** This machine's clock before and after the question, in ms. */
  readonly asked: number
  readonly answered: number
}

async function clockOf(database: Database): Promise<Clock> {
  return database.forOperations(async (transaction) => {
    const asked = Date.now()
    const [row] = await transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS "now"`
    return { theirs: row?.now ?? new Date(Number.NaN), asked, answered: Date.now() }
  })
}

/** The database read its clock somewhere between question and answer, so only what lies outside is skew. */
export function skewOf({ theirs, asked, answered }: Clock) {
  const ahead = theirs.getTime() - answered
  const behind = asked - theirs.getTime()
  const skewMs = Math.max(ahead, behind, 0)
  if (skewMs <= mostSkewMs) return fine("This machine's clock agrees with that of Tidemark's database.")
  const which = ahead > behind ? 'behind' : 'ahead of'
  return warning(
    `This machine's clock is ${(skewMs / 1000).toFixed(1)} s ${which} that of Tidemark's database.`,
    'Synchronize the clocks, for example with chrony. Schedules follow the clock of Temporal.',
  )
}
