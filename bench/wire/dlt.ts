import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../run.js'
import type { Job } from './job.js'
import { measure, type Measured } from './measure.js'
import type { Place } from './place.js'

const folder = join(import.meta.dirname, '../../.bench/python')
const python = join(folder, 'bin/python')
const packages = ['dlt[filesystem,sftp]==1.31.0', 'connectorx==0.4.6', 'pyarrow', 'sqlalchemy>=2', 'psycopg2-binary']

export type DltDelivery = Measured & { readonly rows: number; readonly peakMegabytes: number }

/** Installs dlt and ConnectorX beside the benchmark, once; undefined where there is no Python, or no way to get them. */
export async function installDlt(progress: (line: string) => void): Promise<string | undefined> {
  if (existsSync(python)) return python
  progress('Installing dlt and ConnectorX for Python')
  const install = async () => {
    await run('python3', ['-m', 'venv', folder])
    await run(python, ['-m', 'pip', '--quiet', 'install', ...packages])
  }
  return install().then(
    () => python,
    async (error: unknown) => {
      progress(`dlt is left out: ${String(error).slice(0, 200)}`)
      await rm(folder, { recursive: true, force: true })
      return undefined
    },
  )
}

/** By its own clock, which leaves out what starting Python takes. */
export async function deliverByDlt(place: Place, job: Job): Promise<DltDelivery> {
  const work = await mkdtemp(join(tmpdir(), 'tidemark-dlt-'))
  const measured = await measure(place, python, [join(import.meta.dirname, 'with_dlt.py'), JSON.stringify(job), work])
  await rm(work, { recursive: true, force: true })
  const told = JSON.parse(measured.output.trim().split('\n').at(-1) ?? '') as {
    rows: number
    seconds: number
    peakMegabytes: number
  }
  return { ...measured, ...told }
}
