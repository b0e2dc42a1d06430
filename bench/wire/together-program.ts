/**
 * Several exports at once in one process, as a worker has them: the same source, CSV and SFTP parts, with connections of their
 * own. Prints what they took as JSON.
 */
import { csvContent } from '../../src/csv/csv-content.js'
import { csvFile } from '../../src/csv/csv-file.js'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { createSource } from '../../src/source/source.js'
import { peakRss } from '../support/peak-rss.js'
import type { Job } from './job.js'

const jobs = JSON.parse(process.argv[2] ?? '') as [Job, ...Job[]]
const memory: [seconds: number, megabytes: number][] = []
const sample = () => memory.push([process.uptime(), process.memoryUsage.rss() / 1e6])
const timer = setInterval(sample, 250)
const { signal } = new AbortController()
await using sftp = createSftpTarget({ ...jobs[0].sftp, maxConnections: jobs.length })
await using source = createSource({ url: jobs[0].sourceUrl, poolSize: jobs.length })
const began = performance.now()
const done = await Promise.all(
  jobs.map((job) =>
    sftp.session(signal, (session) =>
      source.read(
        { entity: job.entity, tenantId: job.tenantId, to: new Date(job.to), mode: 'full' },
        signal,
        async (snapshot) => {
          const csv = csvFile(csvContent(job.entity.columns, snapshot.blocks, { lineEnd: '\n' }))
          await session.upload(`${job.path}.part`, csv.chunks)
          await session.replace(`${job.path}.part`, job.path)
          return csv.totals()
        },
      ),
    ),
  ),
)
const transferSeconds = (performance.now() - began) / 1000
clearInterval(timer)
sample()
const rows = done.reduce((sum, one) => sum + one.rows, 0)
const bytes = done.reduce((sum, one) => sum + one.bytes, 0)
console.log(JSON.stringify({ rows, bytes, transferSeconds, memory, peakMegabytes: peakRss() / 1e6 }))
