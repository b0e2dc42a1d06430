import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAll } from '../tenants/runs.js'
import type { SmallPlace } from './place.js'

/** What `node --cpu-prof` writes, as far as it is used. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  /** The node that was running at each sample. */
  readonly samples: readonly number[]
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[]
  /** Of the clock of the machine since its start, in microseconds. */
  readonly startTime: number
}

/** By the clock of the machine since its start, in microseconds. */
interface Span {
  readonly from: number
  readonly to: number
}

const clock = (): number => Number(process.hrtime.bigint() / 1000n)

/** Self time within a span by what the code belongs to, in seconds, without the idle time. */
export function byModule(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  { from, to }: Span,
): Map<string, number> {
  const moduleOf = new Map(nodes.map(({ id, callFrame }) => [id, moduleName(callFrame)]))
  const seconds = new Map<string, number>()
  let time = startTime
  samples.forEach((node, index) => {
    time += timeDeltas[index] ?? 0
    const name = moduleOf.get(node)
    if (name === undefined || time < from || time > to) return
    seconds.set(name, (seconds.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1e6)
  })
  return seconds
}

function moduleName({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string | undefined {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (/^(writev|writeBuffer|writeLatin1String|writeUtf8String)$/.test(functionName)) return 'writing to sockets'
  if (url.startsWith('wasm:')) return 'WebAssembly'
  if (url.startsWith('node:') || url === '') return 'Node'
  const [, scope, name] = /.*node_modules\/(?:(@[^/]+)\/)?([^/]+)/.exec(url) ?? []
  if (name !== undefined) return packageName(scope, name)
  if (/\/src\/(chunks|bin)\//.test(url)) return 'the bundle of Tidemark, Prisma, pg and Temporal'
  return url.includes('/generated/') ? 'Prisma' : `Tidemark: ${tidemarkPart(url)}`
}

function packageName(scope: string | undefined, name: string): string {
  if (scope === '@prisma') return 'Prisma'
  if (scope === '@temporalio' || name.startsWith('rxjs') || name === 'protobufjs' || name === 'long') return 'Temporal'
  if (name.startsWith('pg')) return 'pg'
  if (name.startsWith('ssh2')) return 'ssh2'
  return 'other packages'
}

function tidemarkPart(url: string): string {
  const [, layer, part] = /\/(src|activities|workflows)\/([^/]+)/.exec(url) ?? []
  if (layer === undefined) return 'other'
  return layer === 'src' ? (part?.replace(/\.[jt]s$/, '') ?? layer) : layer
}

export interface Profile {
  readonly files: number
  /** Of the main thread, in seconds. */
  readonly main: ReadonlyMap<string, number>
  /** Of the threads that run workflows, all together. */
  readonly workflowSeconds: number
}

/** Where the worker's time goes in the runs of some tenants. */
export async function profileWorker(place: SmallPlace, tenants: number): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-profile-'))
  const worker = await place.worker({ nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] })
  // Connections are made, code is compiled.
  await runAll(place.temporal, worker.taskQueue, await place.tenants('profile-warm', 2, 1))
  const ids = await place.tenants('profile', tenants, 1)
  const from = clock()
  const { files } = await runAll(place.temporal, worker.taskQueue, ids)
  const span = { from, to: clock() }
  await worker.stop()
  const profiles = await Promise.all(
    (await readdir(folder)).map(async (name) => ({
      // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile: the main thread is 0.
      thread: Number(name.split('.')[4]),
      modules: byModule(JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile, span),
    })),
  )
  await rm(folder, { recursive: true })
  const main = profiles.find(({ thread }) => thread === 0)?.modules
  if (!main) throw new Error('Node has written no profile of the main thread.')
  const others = profiles.filter(({ thread }) => thread !== 0)
  const workflowSeconds = others.flatMap(({ modules }) => [...modules.values()]).reduce((sum, each) => sum + each, 0)
  return { files, main, workflowSeconds }
}
