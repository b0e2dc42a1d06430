import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { startOpenSsh, type OpenSsh } from '../../test/support/sftp/openssh.js'
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.js'
import type { Servers } from '../support/servers.js'
import { newName } from '../tenants/place.js'
import { childrenOf, cpuBetween, cpuOf, type CpuSeconds } from './processes.js'
import { addRows } from './rows.js'
import type { Tree } from './tree.js'
import { type BuiltWorker, startBuiltWorker } from './worker.js'

/** What the worker of one tree needs, for it alone: Postgres, Temporal and OpenSSH, each in a separate process. */
export interface SmallPlace extends AsyncDisposable {
  readonly tree: Tree
  readonly servers: Servers
  readonly sftp: OpenSsh
  readonly temporal: Client
  /** Registers tenants for all entities, with the same few rows in each of the last nights. The ids begin with the tag. */
  tenants(tag: string, count: number, nights: number): Promise<string[]>
  worker(wish?: WorkerWish): Promise<PlacedWorker>
  /** The CPU time of the servers so far, by name. */
  serversCpu(): Promise<CpuSeconds>
}

export interface WorkerWish {
  /** On the way to Tidemark's database. */
  readonly database?: { readonly port: number }
  /** On the way to the SFTP server. */
  readonly sftp?: { readonly port: number }
  readonly nodeFlags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface PlacedWorker extends BuiltWorker {
  readonly taskQueue: string
}

export const rowsPerFile = 20

export async function openSmallPlace(tree: Tree, progress: (line: string) => void): Promise<SmallPlace> {
  const others = await childrenOf(process.pid)
  const servers = await tree.startServers(() => undefined)
  const closers = [() => servers[Symbol.asyncDispose]()]
  progress(`Postgres, Temporal and OpenSSH for ${tree.name} are ready`)
  const sftp = await startOpenSsh({ folder: join(servers.folder, 'sftp') })
  closers.push(() => sftp.stop())
  const roots = (await childrenOf(process.pid)).filter((pid) => !others.includes(pid))
  const connection = await Connection.connect({ address: servers.temporalAddress })
  closers.push(() => connection.close())
  return {
    tree,
    servers,
    sftp,
    temporal: new Client({ connection }),
    tenants: async (tag, count, nights) => {
      const ids = Array.from({ length: count }, (_, n) => `${tag}-${n}`)
      await addRows(servers.ownerUrl, ids, { nights, rowsPerNight: rowsPerFile })
      await tree.registerAll(servers.databaseUrl, ids)
      return ids
    },
    worker: async ({ database, sftp: line = sftp, nodeFlags, environment } = {}) => {
      const taskQueue = newName()
      const worker = await startBuiltWorker(
        tree,
        {
          DATABASE_URL: withPort(servers.databaseUrl, database?.port),
          SOURCE_DATABASE_URL: servers.ownerUrl,
          TEMPORAL_ADDRESS: servers.temporalAddress,
          TEMPORAL_TASK_QUEUE: taskQueue,
          OAUTH_ISSUER: 'http://127.0.0.1:9/not-asked',
          SFTP_HOST: '127.0.0.1',
          SFTP_PORT: String(line.port),
          SFTP_USERNAME: sftp.username,
          SFTP_PRIVATE_KEY: sftp.privateKey,
          SFTP_HOST_KEY_FINGERPRINT: sftp.hostKeyFingerprints.join(','),
          SFTP_ROOT: sftp.rootFolder,
          LOG_LEVEL: 'warn',
          ...environment,
        },
        nodeFlags,
      )
      closers.push(() => worker.stop())
      return { ...worker, taskQueue }
    },
    serversCpu: () => cpuOf(roots),
    [Symbol.asyncDispose]: async () => {
      for (const close of closers.toReversed()) await close()
    },
  }
}

export async function lineTo(sftp: OpenSsh): Promise<TcpProxy & AsyncDisposable> {
  const proxy = await startTcpProxy(sftp)
  // The proxy has getters, so it is not copied.
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.stop() })
}

function withPort(url: string, port: number | undefined): string {
  const changed = new URL(url)
  if (port !== undefined) changed.port = String(port)
  return changed.href
}

export interface Used {
  readonly workerCpu: number
  /** By name of the program. */
  readonly serversCpu: CpuSeconds
}

/** What the worker and the servers use while something happens. */
export async function using<T>(place: SmallPlace, worker: BuiltWorker, act: () => Promise<T>): Promise<T & Used> {
  const workerCpu = async (): Promise<number> => sum(await cpuOf([worker.pid]))
  const before = { servers: await place.serversCpu(), worker: await workerCpu() }
  const found = await act()
  return {
    ...found,
    workerCpu: (await workerCpu()) - before.worker,
    serversCpu: cpuBetween(before.servers, await place.serversCpu()),
  }
}

export function sum(cpu: CpuSeconds): number {
  return [...cpu.values()].reduce((all, seconds) => all + seconds, 0)
}
