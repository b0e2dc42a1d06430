/** A program that starts one part of the local stack, says so on a line of JSON, and waits to be killed. */
import { readEnvironment } from '../../../src/config/env.js'
import { startPostgres } from '../../../dev/postgres/server.js'
import { findTemporalCli } from '../../../dev/temporal/cli.js'
import { startTemporal } from '../../../dev/temporal/server.js'

const [part, folder] = process.argv.slice(2) as [string, string]
const report = (line: string) => process.stderr.write(`${line}\n`)

if (part === 'postgres') {
  const server = await startPostgres({ folder, report })
  console.log(JSON.stringify({ port: server.port, url: server.url('postgres') }))
} else {
  const cliPath = await findTemporalCli({ environment: readEnvironment(), report })
  const server = await startTemporal({
    cliPath,
    folder,
    namespace: 'tidemark',
    searchAttributes: { TenantId: 'Keyword' },
    report,
  })
  console.log(JSON.stringify({ address: server.address }))
}
setInterval(() => undefined, 60_000)
