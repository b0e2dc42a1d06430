/**
 * What most people write first: pages of Prisma's findMany, csv-stringify, and put(). Its own clock leaves out what
 * starting takes. Prints rows, seconds and bytes as JSON.
 */
import { Readable } from 'node:stream'
import { PrismaPg } from '@prisma/adapter-pg'
import { stringify } from 'csv-stringify/sync'
import SftpClient from 'ssh2-sftp-client'
import type { Job } from './job.js'

interface Model {
  findMany(query: object): Promise<Record<string, unknown>[]>
}

const [jobText = '', clientModule = '', modelName = '', most = ''] = process.argv.slice(2)
const job = JSON.parse(jobText) as Job
const { PrismaClient } = (await import(clientModule)) as {
  PrismaClient: new (options: object) => Record<string, Model> & { $disconnect(): Promise<void> }
}
const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: job.sourceUrl }, { schema: job.entity.table.schema }),
})
const pageRows = 10_000
const began = performance.now()
let rows = 0

async function* pages(): AsyncGenerator<string> {
  let last: string | undefined
  while (rows < Number(most)) {
    const page = await prisma[modelName]?.findMany({
      where: {
        tenantCode: job.tenantId,
        updatedAt: { lt: new Date(job.to) },
        ...(last !== undefined && { code: { gt: last } }),
      },
      orderBy: { code: 'asc' },
      take: pageRows,
    })
    if (!page || page.length === 0) return
    last = String(page.at(-1)?.['code'])
    yield stringify(page, { header: rows === 0 })
    rows += page.length
  }
}

const sftp = new SftpClient()
const { host, port, username, auth } = job.sftp
await sftp.connect({ host, port, username, privateKey: auth.kind === 'privateKey' ? auth.privateKey : '' })
await sftp.put(Readable.from(pages()), `${job.sftp.root}${job.path}`)
const seconds = (performance.now() - began) / 1000
await sftp.end()
await prisma.$disconnect()
console.log(JSON.stringify({ rows, seconds, peakMegabytes: process.resourceUsage().maxRSS / 1e3 }))
