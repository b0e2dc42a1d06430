import { relative } from 'node:path'
import type { Environment } from '../src/config/env.js'
import type { Run } from '../src/domain/run.js'
import { firstSteps } from './home-page/first-steps.js'
import type { ConnectionInfo, TenantConnection, UserConnection } from './stack/connection-file.js'
import { exampleTenant, type Stack, startStack } from './stack/stack.js'

/** How a command is stopped: with the signal while it works, with the promise while it waits. */
export interface Stop {
  readonly signal: AbortSignal
  readonly stopped: Promise<void>
}

/** `npm start`: runs the stack until the signal. Returns the exit code. */
export async function runStart(environment: Environment, folder: string, { signal, stopped }: Stop): Promise<number> {
  const started = Date.now()
  const report = (line: string): void => console.log(`  ${line}`)
  console.log('Starting Tidemark: Postgres, Temporal, SFTP, a token issuer, the API and a worker.')
  const onRunFinished = (run: Run): void => report(runLine(run))
  await using stack = await startStack({ folder, environment, sampleRows: 60_000, report, onRunFinished, signal })
  console.log(
    `\nReady after ${((Date.now() - started) / 1000).toFixed(1)} s.\n\n${whatToOpen(stack)}\n\nPress Ctrl-C to stop.`,
  )
  const ended = await Promise.race([stack.broken, stopped])
  if (!signal.aborted) console.error(`\n${ended ?? ''} For details, see the log: ${stack.logFile}`)
  else console.log('\nStopping …')
  return signal.aborted ? 0 : 1
}

/** The addresses of a running stack and the first commands, as text. */
function whatToOpen({ connection, connectionFile, logFile }: Stack): string {
  const tenant = connection.tenants.find(({ tenantId }) => tenantId === exampleTenant)
  const lines = [
    `Start here, in a browser        ${connection.graphqlUrl.replace(/graphql$/, '')}`,
    ...consoleLines(connection, tenant),
    `GraphQL                         ${connection.graphqlUrl}`,
    `REST                            ${connection.restUrl}`,
    `Temporal UI                     ${connection.temporalUiUrl ?? 'external'}`,
  ]
  if (tenant?.sftp) {
    const { port, username, host, password } = tenant.sftp
    lines.push(
      `Files of ${tenant.tenantId}                   sftp -P ${port} ${username}@${host}   (password ${password})`,
    )
  }
  lines.push(
    `Connection file, for scripts    ${shown(connectionFile)}`,
    `Log                             ${shown(logFile)}`,
  )
  const steps = tenant && firstSteps(connection, tenant)
  if (steps !== undefined)
    lines.push('', `Get a token for ${exampleTenant}, and register an export with it:`, '', steps)
  return lines.join('\n')
}

/** The console, and two of those who can log in to it. The connection file has all of them. */
function consoleLines({ consoleUrl, operator }: ConnectionInfo, tenant: TenantConnection | undefined): string[] {
  if (consoleUrl === null) return []
  const user = (whose: string, account: UserConnection | null | undefined) =>
    account ? [`  ${whose.padEnd(30)}${account.username}   (password ${account.password})`] : []
  return [
    `Console                         ${consoleUrl}`,
    ...user(`as ${tenant?.tenantId ?? 'a tenant'}`, tenant?.console),
    ...user('as the operator', operator?.console),
  ]
}

function shown(file: string): string {
  const near = relative('.', file)
  return near.startsWith('..') ? file : near
}

/** A run that has ended, as one line of text. */
function runLine({ tenantId, status, to, entities, finishedAt, startedAt, error }: Run): string {
  const published = entities.filter(({ path }) => path !== null)
  const rows = published.reduce((sum, entity) => sum + Number(entity.rows ?? 0), 0)
  const seconds = finishedAt && startedAt ? (finishedAt.getTime() - startedAt.getTime()) / 1000 : undefined
  const failed = entities.filter((entity) => entity.error !== null)
  return [
    `${(finishedAt ?? new Date()).toISOString().slice(11, 19)} Run of ${tenantId} up to ${to.toISOString()}: ${status}`,
    `${published.length} of ${entities.length} entities`,
    `${rows.toLocaleString('en-US')} rows`,
    ...(seconds === undefined ? [] : [`${seconds.toFixed(1)} s`]),
    ...failed.map((entity) => `${entity.entity} ${entity.error?.code}`),
    ...(error === null ? [] : [error.code]),
  ].join(', ')
}
