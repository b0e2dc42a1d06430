import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import type { Environment } from '../../src/config/env.js'
import { fillSample } from '../../dev/sample-data/fill.js'
import { recipes } from '../../dev/sample-data/recipes.js'
import type { SampleTenant } from '../../dev/sample-data/tenants.js'
import type { WorkerUse } from '../../test/support/programs/counted-worker-program.js'
import { startOpenSsh } from '../../test/support/sftp/openssh.js'
import { openSshAvailability } from '../../test/support/sftp/openssh-availability.js'
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.js'
import type { BenchOptions } from '../section.js'
import { type Program, startProgram } from '../../test/support/programs/speaking-program.js'
import { memoryEnvironment, workerFlags } from '../worker-flags.js'
import { startServers } from '../support/servers.js'
import { registerAll } from '../api/tenants.js'

export const entities = recipes.length

/** Everything that runs need except a worker: Postgres, Temporal and OpenSSH, each in a separate process. */
export interface Place extends AsyncDisposable {
  /** A temporary folder, removed in the end. */
  readonly folder: string
  /** Tidemark's database for its owner. */
  readonly ownerUrl: string
  readonly temporal: Client
  /** Registers tenants for all entities and gives them rows; the ids begin with the tag. */
  tenants(tag: string, rows: readonly number[]): Promise<string[]>
  /** @param name of the task queue that it works on */
  worker(name: string, options?: WorkerOptions): Promise<Worker>
}

export interface WorkerOptions {
  readonly environment?: Environment
  /** The line to the SFTP server, where it is not the machine's own. */
  readonly line?: Line
}

export interface Line {
  /** How much later everything comes, each way, in ms. */
  readonly delayMs: number
  /** What each connection takes in a second; all that there is by default. */
  readonly bytesPerSecond?: number
}

export interface Worker {
  readonly identity: string
  /** Lets it end what it does; gives what it has used. */
  stop(): Promise<WorkerUse>
}

/** @throws where OpenSSH's server is not available */
export async function openPlace(progress: BenchOptions['progress']): Promise<Place> {
  // Asked first: it can't be had everywhere, and then nothing is to be started.
  const found = await openSshAvailability()
  if (!found.available) throw new Error(`OpenSSH's server is not available: ${found.reason}`)
  const servers = await startServers(progress)
  const closers = [() => servers[Symbol.asyncDispose]()]
  const sftp = await startOpenSsh({ folder: join(servers.folder, 'sftp') })
  closers.push(() => sftp.stop())
  const bundle = await bundleWorkflows(join(servers.folder, 'workflow-bundle.js'))
  const connection = await Connection.connect({ address: servers.temporalAddress })
  closers.push(() => connection.close())
  const programs = new Set<Program>()
  closers.push(async () => void (await Promise.all([...programs].map((program) => program.stop()))))
  const environment: Environment = {
    DATABASE_URL: servers.databaseUrl,
    SOURCE_DATABASE_URL: servers.ownerUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OAUTH_ISSUER: 'http://127.0.0.1:9/nobody',
    SFTP_USERNAME: sftp.username,
    SFTP_PRIVATE_KEY: sftp.privateKey,
    SFTP_HOST_KEY_FINGERPRINT: sftp.hostKeyFingerprints.join(','),
    SFTP_ROOT: sftp.rootFolder,
    LOG_LEVEL: 'warn',
    WORKFLOW_BUNDLE: bundle,
  }
  return {
    folder: servers.folder,
    ownerUrl: servers.ownerUrl,
    temporal: new Client({ connection }),
    tenants: async (tag, rows) => {
      const tenants = rows.map((of, n): SampleTenant => ({ tenantId: `${tag}-${n}`, share: of / total(rows) }))
      const empty = total(rows) === 0
      if (!empty) await fillSample({ url: servers.ownerUrl, seed: 7, rows: total(rows), baseTime: midnight(), tenants })
      const ids = rows.map((_, n) => `${tag}-${n}`)
      await registerAll(servers.databaseUrl, ids)
      return ids
    },
    worker: async (name, { environment: different = {}, line } = {}) => {
      const reached = line ? await startLine(sftp, line) : sftp
      if (reached !== sftp) closers.push(() => reached.stop())
      const reach = { SFTP_HOST: reached.host, SFTP_PORT: String(reached.port), TEMPORAL_TASK_QUEUE: name }
      const program = startProgram(
        'test/support/programs/counted-worker-program.ts',
        { ...environment, ...(await memoryEnvironment()), ...reach, ...different },
        await workerFlags(),
      )
      programs.add(program)
      await program.said('ready')
      return {
        identity: `${program.pid}@`,
        stop: async () => {
          await program.stop()
          programs.delete(program)
          return (await program.said<{ use: WorkerUse }>('use')).use
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const close of closers.toReversed()) await close()
    },
  }
}

async function startLine(server: { host: string; port: number }, { delayMs, bytesPerSecond }: Line): Promise<TcpProxy> {
  const proxy = await startTcpProxy(server)
  proxy.delay(delayMs)
  if (bytesPerSecond !== undefined) proxy.throttle(bytesPerSecond)
  return proxy
}

/** The last one: where the windows of all runs end. */
export function midnight(): Date {
  return new Date(new Date().setUTCHours(0, 0, 0, 0))
}

export function newName(): string {
  return `bench-${randomUUID().slice(0, 8)}`
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}

async function bundleWorkflows(file: string): Promise<string> {
  const workflowsPath = join(import.meta.dirname, '../../workflows/index.ts')
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  await writeFile(file, code)
  return file
}
