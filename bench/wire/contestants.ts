import { rm } from 'node:fs/promises'
import { tenantId, baseTime, entityNamed } from './tables.js'
import type { Job } from './job.js'
import type { Line } from './line.js'
import { measure, type Measured } from './measure.js'
import { memoryEnvironment, workerFlags } from '../worker-flags.js'
import type { Place } from './place.js'
import { builtProgram } from './programs.js'
import { scriptCommand } from './script.js'

/** What one delivery of a file took. */
export interface Delivery {
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
  /** From the beginning of the read to the final name, once the connections are made, as a worker has them. */
  readonly transferSeconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
  /** Resident memory over time. */
  readonly memory: readonly (readonly [seconds: number, megabytes: number])[]
}

export function jobFor(
  place: Place,
  line: Line,
  what: { entity: string; tenantId?: string; path: string; changedSince?: string },
): Job {
  const { host, username, privateKey, privateKeyFile, hostKeyFingerprints, rootFolder } = place.ssh
  return {
    sourceUrl: place.url,
    sftp: {
      host,
      port: line.port,
      username,
      auth: { kind: 'privateKey', privateKey, passphrase: undefined },
      hostKeyFingerprints,
      root: rootFolder,
    },
    privateKeyFile,
    entity: entityNamed(what.entity),
    tenantId: what.tenantId ?? tenantId,
    // What changes later is dated as it is changed.
    ...(what.changedSince === undefined
      ? { to: baseTime }
      : { to: '2999-01-01T00:00:00.000Z', delta: { from: baseTime, snapshot: what.changedSince } }),
    path: what.path,
  }
}

export async function deliverByTidemark(place: Place, job: Job): Promise<Delivery> {
  await removeDelivered(job)
  const args = [...(await workerFlags()), builtProgram('tidemark'), JSON.stringify(job)]
  const measured = await measure(place, process.execPath, args, await memoryEnvironment())
  const printed = JSON.parse(measured.output) as Omit<Delivery, 'seconds' | 'cpuSeconds'>
  return { ...printed, seconds: measured.seconds, cpuSeconds: measured.cpuSeconds }
}

/** Several files at once in one process. Rows and bytes are those of all files. */
export async function deliverTogether(place: Place, jobs: readonly Job[]): Promise<Delivery> {
  for (const job of jobs) await removeDelivered(job)
  const args = [...(await workerFlags()), builtProgram('together'), JSON.stringify(jobs)]
  const measured = await measure(place, process.execPath, args, await memoryEnvironment())
  const printed = JSON.parse(measured.output) as Omit<Delivery, 'seconds' | 'cpuSeconds'>
  return { ...printed, seconds: measured.seconds, cpuSeconds: measured.cpuSeconds }
}

/** The script does not count: rows and bytes are those of our file, which has the same content. */
export async function deliverByScript(place: Place, job: Job, { synced = false } = {}): Promise<Measured> {
  await removeDelivered(job)
  const { command, args } = scriptCommand(job, synced)
  return measure(place, command, args)
}

export async function deliverNaively(
  place: Place,
  job: Job,
  { client, rows }: { client: string; rows: number },
): Promise<{ rows: number; seconds: number; peakMegabytes: number }> {
  const args = [builtProgram('naive'), JSON.stringify(job), client, camelCase(job.entity.name), String(rows)]
  const { output } = await measure(place, process.execPath, args)
  return JSON.parse(output) as { rows: number; seconds: number; peakMegabytes: number }
}

/** Files are delivered to places of their own: the removal of a large one takes the disk's time, and is not measured. */
async function removeDelivered({ sftp, path }: Job): Promise<void> {
  await rm(`${sftp.root ?? ''}${path}`, { force: true })
}

/** The name of a model as Prisma's client has it. */
function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
