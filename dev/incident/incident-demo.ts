import { join } from 'node:path'
import { composeVerifier } from '../../src/compose/verifier.js'
import type { Environment } from '../../src/config/env.js'
import type { Run } from '../../src/domain/run.js'
import { runCli } from '../cli.js'
import { apiClient } from '../demo/api-client.js'
import { sampleTenants } from '../sample-data/tenants.js'
import { resetStack } from '../stack/reset.js'
import { type Stack, startStack } from '../stack/stack.js'
import type { Stop } from '../start.js'
import { type AlertSink, type PostedAlert, startAlertSink } from './alert-sink.js'
import { type SftpOutage, startBreakableSftp } from './sftp-outage.js'

const registration = { entityList: ['user', 'content', 'interaction'], frequency: 'DAILY' }
/** In production it is a minute. */
const alertDelaySeconds = 3

/**
 * `npm run demo:incident`: switches the SFTP server off in the middle of the exports of all tenants, shows what an engineer on
 * call sees, and switches it on again. Returns the exit code, which is 0 only if the incident ended and no row was lost.
 */
export async function runIncidentDemo(
  environment: Environment,
  folder: string,
  { signal, stopped }: Stop,
): Promise<number> {
  const say = sayWithTime()
  say('Starting Postgres, Temporal, an SFTP server that can fail, the API and a worker')
  await resetStack(folder, indented)
  await using sftp = await startBreakableSftp(folder)
  await using alerts = await startAlertSink((alert) => say(`The webhook gets "${alert.event}": ${alert.code}`))
  const runs = watchRuns()
  await using stack = await startStack({
    folder,
    environment: {
      ...environment,
      ...sftp.environment,
      ALERT_WEBHOOK_URL: alerts.url,
      ALERT_DELAY_SECONDS: String(alertDelaySeconds),
    },
    sampleRows: 20_000,
    report: indented,
    onRunFinished: runs.finished,
    signal,
  })
  const played = play({ stack, sftp, alerts, runs, say, folder, signal })
  return await Promise.race([played, stopped.then(() => 1)])
}

interface Scene {
  readonly stack: Stack
  readonly sftp: SftpOutage
  readonly alerts: AlertSink
  readonly runs: Runs
  readonly say: Say
  readonly folder: string
  readonly signal: AbortSignal
}

async function play(scene: Scene): Promise<number> {
  const { sftp, alerts, runs, say, stack } = scene
  say(`Registering daily exports for ${tenantIds.join(', ')}, and delivering their first files`)
  await exportAll(stack, true)
  await runs.until(tenantIds.length)

  say('03:00. The SFTP server goes away, and the exports of all tenants begin')
  await sftp.begin()
  await exportAll(stack, false)
  const opened = await alerts.next('opened')
  showAlert(opened)
  await command(scene, 'status')
  await command(scene, 'incidents', opened.incidentId)
  await command(scene, 'runs', 'acme')

  say('The SFTP server is back. The engineer has nothing else to do')
  await sftp.end()
  showAlert(await alerts.next('resolved'))
  await runs.until(2 * tenantIds.length)
  await command(scene, 'status')
  return (await isComplete(scene)) ? 0 : 1
}

const tenantIds = sampleTenants.map(({ tenantId }) => tenantId)

/** Starts a run for each tenant. */
async function exportAll(stack: Stack, isFirst: boolean): Promise<void> {
  for (const tenantId of tenantIds) {
    const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(tenantId))
    if (isFirst) await api.register(registration)
    await api.startRun()
  }
}

/** Runs an operator's command, as an engineer would type it, and prints what it prints. */
async function command({ folder, signal }: Scene, ...words: string[]): Promise<void> {
  console.log(`\n$ npm run cli -- ${words.join(' ')}`)
  await runCli(folder, words, signal)
}

async function isComplete({ stack, say, signal }: Scene): Promise<boolean> {
  say('Comparing every delivered file with the ledger, the manifests and the source')
  await using verifier = await composeVerifier(stack.config)
  const { files, rows, differences } = await verifier.verify({ withSource: true }, signal)
  indented(`${files} files, ${rows.toLocaleString('en-US')} rows, ${differences.length} differences`)
  return files > 0 && differences.length === 0
}

interface Runs {
  readonly finished: (run: Run) => void
  /** Resolves when that many runs have ended. */
  until(number: number): Promise<void>
}

function watchRuns(): Runs {
  let ended = 0
  const waiting = new Set<() => void>()
  return {
    finished: ({ tenantId, status }) => {
      indented(`Run of ${tenantId}: ${status}`)
      ended += 1
      for (const wake of waiting) wake()
    },
    until: (number) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (ended < number) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

type Say = (what: string) => void

function sayWithTime(): Say {
  const began = Date.now()
  return (what) => console.log(`\n${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`)
}

function indented(line: string): void {
  console.log(`          ${line}`)
}

function showAlert(alert: PostedAlert): void {
  for (const line of JSON.stringify(alert, null, 2).split('\n')) indented(line)
}

/** Its own folder, beside that of `npm start`. */
export function incidentFolder(home: string): string {
  return join(home, 'incident')
}
