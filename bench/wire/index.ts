import type { BenchOptions, Section } from '../section.js'
import { measureGrowth } from './growth.js'
import { installDlt } from './dlt.js'
import { longLine, straight } from './line.js'
import { makeNaiveClient } from './naive-client.js'
import { openPlace } from './place.js'
import { buildPrograms } from './programs.js'
import { race, type Race } from './race.js'
import { fillTables, tenantId } from './tables.js'

/** The lines that are simulated, and the least rate on each in ratio to the same line without delay. */
const farLines = [
  { roundTripMs: 50, ofLevel: 0.95, times: 5 },
  { roundTripMs: 150, ofLevel: 0.9, times: 3 },
]

/** One file from the source to the server: against the script, the naive way, and itself. */
export async function benchWire({ progress, full }: BenchOptions): Promise<Section> {
  progress('Compiling')
  await buildPrograms()
  const client = await makeNaiveClient()
  const withDlt = full && (await installDlt(progress)) !== undefined
  await using place = await openPlace(progress)
  await fillTables(place, { [tenantId]: { interaction: 1_000_000, content: 1_000_000 } }, progress)
  await using level = await longLine(place.ssh.port, 0)
  const near = straight(place.ssh.port)
  const races: Race[] = []
  for (const entity of ['interaction', 'content']) {
    const common = { entity, client, times: 5, progress }
    races.push(await race(place, near, { ...common, withDlt }))
    // The script takes half a minute for the larger file on the longest line.
    for (const { roundTripMs, times } of farLines.slice(0, full || entity === 'interaction' ? 2 : 1)) {
      await using far = await longLine(place.ssh.port, roundTripMs)
      races.push(await race(place, far, { ...common, times, levelLine: level }))
    }
  }
  return raceSection(races)
}

export { benchMemory } from './together.js'

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
      'Each figure is the median of whole processes from start to exit. A ratio of two contestants that alternate is the ' +
      'median of the ratios of their pairs. Postgres and OpenSSH run on this machine. At 50 and 150 ms, a proxy delays the ' +
      'line in both directions.\n\n' +
      '- `script` is `psql -c "COPY (…) TO STDOUT (FORMAT csv, HEADER)" | ssh host "cat > file"` with times in ISO 8601. Its ' +
      'bytes equal ours, except a lone `\\.`, which COPY of Postgres 18 does not quote.\n' +
      '- `script, synced` ends with `&& sync file`.\n' +
      '- `tidemark` is our source, CSV and SFTP code, compiled, with the Node flags of docker-compose.yml. It includes the ' +
      'hash, the check of the row count, the temporary name, fsync, the check of the size, and the rename.\n' +
      '- `naive` is Prisma’s `findMany` in pages of 10,000, csv-stringify for each page, and `put()`, by its own clock, on ' +
      'fewer rows.\n' +
      '- `dlt`, in the full run only, is dlt 1.31 with ConnectorX, CSV over SFTP, by its own clock.\n\n' +
      'CPU seconds are those of the command, of Postgres and of sshd together. The proxy uses the same cores. So our figure ' +
      'with delay is compared with one over the same proxy without delay, from the start of the read to the final name.',
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
      atLeast: isFar ? 1.3 : 1.5,
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
            atLeast: farLines.find(({ roundTripMs }) => roundTripMs === line.roundTripMs)?.ofLevel ?? 0.9,
          },
        ]
      : []),
    { name: `peak memory against 150 MB (${label})`, ratio: tidemark.peakMegabytes / 150, atMost: 1 },
  ]
}
