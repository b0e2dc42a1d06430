import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCatalog } from '../../src/catalog/load.js'
import defaultCatalog from '../../src/catalog/default-catalog.json' with { type: 'json' }
import { columnExpression } from '../wire/script.js'
import { run } from '../run.js'
import { rowsPerFile, type SmallPlace, sum } from './place.js'
import { cpuBetween, endedPrograms } from './processes.js'

/** What a script takes for the files of some tenants. */
export interface Scripted {
  readonly name: string
  readonly files: number
  readonly seconds: number
  /** Of all programs and servers. */
  readonly cpuSeconds: number
}

interface ScriptFile {
  readonly name: string
  readonly query: string
}

type ScriptPlace = Pick<SmallPlace, 'servers' | 'sftp' | 'serversCpu'>

const entities = parseCatalog(defaultCatalog).entities

/** The same files of the same tenants, the whole history of each entity. */
export function filesOf(tenantIds: readonly string[]): ScriptFile[] {
  return tenantIds.flatMap((tenantId) =>
    entities.map((entity) => {
      const columns = entity.columns.map(columnExpression).join(', ')
      const table = `"${entity.table.schema}"."${entity.table.name}"`
      const query = `SELECT ${columns} FROM ${table} WHERE "${entity.tenantColumn}" = '${tenantId}' LIMIT ${rowsPerFile}`
      return { name: `${tenantId}.${entity.name}.csv`, query }
    }),
  )
}

/**
 * The floor: one psql that copies all files to this machine, and one sftp that sends them all and renames each. Without a hash,
 * a count, a ledger, a manifest, a sync or a retry.
 */
export async function scriptOnce(place: ScriptPlace, files: readonly ScriptFile[]): Promise<Scripted> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-floor-'))
  const remote = join(place.sftp.rootFolder, 'floor')
  await mkdir(remote, { recursive: true })
  const copies = files.map(({ name, query }) => `\\copy (${query}) TO '${join(folder, name)}' (FORMAT csv, HEADER)`)
  const puts = files.flatMap(({ name }) => [
    `put ${join(folder, name)} ${join(remote, name)}.part`,
    `rename ${join(remote, name)}.part ${join(remote, name)}`,
  ])
  await writeFile(join(folder, 'copies.sql'), copies.join('\n'))
  await writeFile(join(folder, 'batch'), puts.join('\n'))
  const measured = await timed(place, 'one psql and one sftp batch', files.length, async () => {
    await run('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', place.servers.ownerUrl, '-f', join(folder, 'copies.sql')])
    await run('sftp', [
      ...sshOptions(place),
      '-P',
      String(place.sftp.port),
      '-b',
      join(folder, 'batch'),
      loginOf(place),
    ])
  })
  await expectFiles(remote, files.length)
  for (const each of [folder, remote]) await rm(each, { recursive: true })
  return measured
}

/** What people script: for each file a psql and an ssh over a connection that is kept. */
export async function scriptEach(place: ScriptPlace, files: readonly ScriptFile[], atOnce: number): Promise<Scripted> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-each-'))
  const remote = join(place.sftp.rootFolder, 'each')
  await mkdir(remote, { recursive: true })
  const control = ['-o', `ControlPath=${join(folder, 'control')}`]
  const ssh = ['ssh', ...sshOptions(place), '-p', String(place.sftp.port), ...control]
  const each = `set -o pipefail; psql -qX "$1" -c "COPY ($3) TO STDOUT (FORMAT csv, HEADER)" | ${ssh.join(' ')} ${loginOf(place)} "cat > '${remote}/$2'"`
  await run('ssh', [...ssh.slice(1), '-o', 'ControlMaster=yes', '-o', 'ControlPersist=600', '-fN', loginOf(place)])
  try {
    const name = `psql to ssh over one connection, ${atOnce === 1 ? 'one after the other' : `${atOnce} at a time`}`
    return await timed(place, name, files.length, async () => {
      const waiting = [...files]
      const lane = async (): Promise<void> => {
        for (let file = waiting.shift(); file; file = waiting.shift()) {
          await run('bash', ['-c', each, 'each', place.servers.ownerUrl, file.name, file.query])
        }
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
    })
  } finally {
    await run('ssh', [...ssh.slice(1), '-O', 'exit', loginOf(place)])
    await expectFiles(remote, files.length)
    for (const used of [folder, remote]) await rm(used, { recursive: true })
  }
}

const loginOf = ({ sftp }: ScriptPlace): string => `${sftp.username}@${sftp.host}`

function sshOptions({ sftp }: ScriptPlace): string[] {
  const options = ['BatchMode=yes', 'LogLevel=ERROR', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
  return ['-i', sftp.privateKeyFile, ...[...options, 'IdentitiesOnly=yes'].flatMap((option) => ['-o', option])]
}

/** With the CPU time of the programs that this process has started, which have ended. */
export async function timed(
  place: ScriptPlace,
  name: string,
  files: number,
  act: () => Promise<void>,
): Promise<Scripted> {
  const [servers, children] = [await place.serversCpu(), await endedPrograms()]
  const began = performance.now()
  await act()
  const seconds = (performance.now() - began) / 1000
  const cpuSeconds = sum(cpuBetween(servers, await place.serversCpu())) + (await endedPrograms()) - children
  return { name, files, seconds, cpuSeconds }
}

async function expectFiles(folder: string, count: number): Promise<void> {
  const found = await readdir(folder)
  if (found.length !== count) throw new Error(`The script has sent ${found.length} files, not ${count}.`)
}
