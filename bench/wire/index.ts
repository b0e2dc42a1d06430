import type { BenchOptions, Section } from '../section.js'
import { measureGrowth } from './growth.js'
import { installDlt } from './dlt.js'
import { longLine, straight } from './line.js'
import { makeNaiveClient } from './naive-client.js'
import { openPlace } from './place.js'
import { buildPrograms } from './programs.js'
import { race, type Race } from './race.js'
import { fillTables, tenantId } from './tables.js'

const roundTripMs = 50

/** One file from the source to the server: against the script, the naive way, and itself. */
export async function benchWire({ progress, full }: BenchOptions): Promise<Section> {
  progress('Compiling')
  await buildPrograms()
  const client = await makeNaiveClient()
  const withDlt = full && (await installDlt(progress)) !== undefined
  await using place = await openPlace(progress)
  await fillTables(place, { [tenantId]: { interaction: 1_000_000, content: 1_000_000 } }, progress)
  await using far = await longLine(place.ssh.port, roundTripMs)
  await using level = await longLine(place.ssh.port, 0)
  const near = straight(place.ssh.port)
  const races: Race[] = []
  for (const entity of ['interaction', 'content']) {
    const common = { entity, client, times: 5, progress }
    races.push(await race(place, near, { ...common, withDlt }), await race(place, far, { ...common, levelLine: level }))
  }
  return raceSection(races)
}

/** Files of several sizes, and what changed in them. */
export async function benchGrowth(options: BenchOptions): Promise<Section> {
  options.progress('Compiling')
  await buildPrograms()
  await using place = await openPlace(options.progress)
  return measureGrowth(place, straight(place.ssh.port), options)
}

function raceSection(races: readonly Race[]): Section {
  return {
    title: 'One file, from the source to the server',
    about:
      'Whole processes from start to exit, medians; where a ratio is of two that took turns, it is the median of the turns’ own. On Postgres and OpenSSH of this machine; the long line is a proxy ' +
      'of ours that delays both ways. `script` is `psql -c "COPY (…) TO STDOUT (FORMAT csv, HEADER)" | ssh host "cat > file"` ' +
      'with times in ISO 8601, whose bytes are ours but for a lone `\\.`, which COPY of Postgres 18 leaves unquoted; `script, synced` ends with `&& sync file`. ' +
      '`tidemark` is our source, CSV and SFTP parts, compiled, on a Node that is started as docker-compose.yml starts a worker, with the hash, the count against the number that Postgres ' +
      'says it has sent, the hidden name, fsync, the check of the size and the rename. `naive` is Prisma’s `findMany` in ' +
      'pages of 10,000, csv-stringify for each page and `put()`, by its own clock, on fewer rows. `dlt`, in the full run alone, is dlt 1.31 with ConnectorX, CSV over SFTP, by its own clock. CPU seconds are those ' +
      'of the command, of Postgres and of sshd together. The proxy takes CPU time of the same cores, so our own figure at ' +
      '50 ms is compared with one over the same proxy without its delay, from the beginning of the read to the final name.',
    tables: [
      {
        head: ['entity', 'round trip', 'who', 'rows', 'seconds', 'k rows/s', 'MB/s', 'CPU seconds', 'peak RSS MB'],
        rows: races.flatMap((one) => one.rows),
      },
    ],
    targets: races.flatMap(targets),
  }
}

function targets({ entity, line, tidemark, naive, dlt, ratios }: Race): Section['targets'] {
  const label = `${entity}, ${line.roundTripMs} ms`
  const isFar = line.roundTripMs > 0
  return [
    {
      name: `rows/s against the script (${label})`,
      ratio: ratios.speed,
      atLeast: isFar ? 1.3 : 1.4,
    },
    ...(ratios.speedOfSynced !== undefined
      ? [
          {
            name: `rows/s against the script that waits for the disk, as we do (${label})`,
            ratio: ratios.speedOfSynced,
          },
        ]
      : []),
    {
      name: `CPU seconds against the script (${label})`,
      ratio: ratios.cpu,
      ...(!isFar && { atMost: 0.75 }),
    },
    {
      name: `rows/s against the naive way (${label})`,
      ratio: tidemark.rowsPerSecond / naive.rowsPerSecond,
      atLeast: 12,
    },
    ...(dlt
      ? [
          {
            name: `rows/s against dlt (${label})`,
            ratio: tidemark.rowsPerSecond / (dlt.rows / dlt.seconds),
            atLeast: 4,
          },
        ]
      : []),
    ...(ratios.ofLevel !== undefined
      ? [
          {
            name: `rows/s against our own without the delay, connections made (${label})`,
            ratio: ratios.ofLevel,
            atLeast: 0.9,
          },
        ]
      : []),
    { name: `peak memory against 150 MB (${label})`, ratio: tidemark.peakMegabytes / 150, atMost: 1 },
  ]
}
