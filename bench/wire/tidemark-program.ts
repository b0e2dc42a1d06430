/**
 * One export from start to end, as a process of its own: the same source, CSV and SFTP parts as a worker's, under a
 * hidden name, hashed, counted, synced, checked and renamed. Prints what it did as JSON.
 */
import { peakRss } from '../support/peak-rss.js'
import type { Job } from './job.js'

const job = JSON.parse(process.argv[2] ?? '') as Job
const memory: [seconds: number, megabytes: number][] = []
const sample = () => memory.push([process.uptime(), process.memoryUsage.rss() / 1e6])
const timer = setInterval(sample, 250)
const { signal } = new AbortController()

// Both connections are made at once, each as soon as its part is loaded: the servers have work to do meanwhile.
const { createSftpTarget } = await import('../../src/sftp/sftp.js')
await using sftp = createSftpTarget(job.sftp)
const reached = sftp.session(signal, async () => {})
const { createSource } = await import('../../src/source/source.js')
await using source = createSource({ url: job.sourceUrl, poolSize: 1 })
const found = source.identity()
const { csvContent } = await import('../../src/csv/csv-content.js')
const { csvFile } = await import('../../src/csv/csv-file.js')
const encrypt = job.pgp && (await (await import('../options/encrypt-chunks.js')).encryptChunks(job.pgp))
const window = { entity: job.entity, tenantId: job.tenantId, to: new Date(job.to) }
const extraction = job.delta
  ? ({ ...window, ...job.delta, from: new Date(job.delta.from), mode: 'delta' } as const)
  : ({ ...window, mode: 'full' } as const)
// A worker keeps them from one export to the next.
await Promise.all([reached, found])
const began = performance.now()
const done = await sftp.session(signal, (session) =>
  source.read(extraction, signal, async (snapshot) => {
    const content = csvContent(job.entity.columns, snapshot.blocks, { lineEnd: '\n' })
    const csv = csvFile(encrypt ? { ...content, chunks: encrypt(content.chunks) } : content)
    await session.upload(`${job.path}.part`, csv.chunks)
    const { rows, bytes } = csv.totals()
    if (rows !== snapshot.sourceRows()) throw new Error(`${rows} rows, but the source sent ${snapshot.sourceRows()}`)
    await session.replace(`${job.path}.part`, job.path)
    return { rows, bytes, sha256: csv.sha256() }
  }),
)
const transferSeconds = (performance.now() - began) / 1000
clearInterval(timer)
sample()
console.log(JSON.stringify({ ...done, transferSeconds, memory, peakMegabytes: peakRss() / 1e6 }))
