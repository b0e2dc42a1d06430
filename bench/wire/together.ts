import type { BenchOptions, Section } from '../section.js'
import { deliverTogether, type Delivery, jobFor } from './contestants.js'
import { longLine, straight, type Line } from './line.js'
import { openPlace, type Place } from './place.js'
import { buildPrograms } from './programs.js'
import { fillTables } from './tables.js'

const atOnce = [1, 2, 4, 8]
const delayedMs = 50
const mostMegabytes = 300

interface Measured {
  readonly files: number
  readonly roundTripMs: number
  readonly delivery: Delivery
}

/** The memory of a process that writes several large files at once. */
export async function benchMemory({ full, progress }: BenchOptions): Promise<Section> {
  progress('Compiling')
  await buildPrograms()
  await using place = await openPlace(progress)
  const rows = full ? 2_000_000 : 500_000
  await fillTables(place, { [tenant]: { interaction: rows, content: 100 } }, progress)
  await using far = await longLine(place.ssh.port, delayedMs)
  const measured: Measured[] = []
  for (const line of [straight(place.ssh.port), far]) {
    for (const files of atOnce) {
      progress(`Memory: ${files} files at once, ${line.roundTripMs} ms`)
      measured.push({ files, roundTripMs: line.roundTripMs, delivery: await deliver(place, line, files) })
    }
  }
  return section(measured, rows)
}

const tenant = 'together'

function deliver(place: Place, line: Line, files: number): Promise<Delivery> {
  const job = (n: number) =>
    jobFor(place, line, { entity: 'interaction', tenantId: tenant, path: `/together-${n}.csv` })
  return deliverTogether(
    place,
    Array.from({ length: files }, (_, n) => job(n)),
  )
}

function section(measured: readonly Measured[], rows: number): Section {
  return {
    title: 'Memory of several large files at once',
    about:
      `One process writes files of ${rows.toLocaleString('en-US')} \`interaction\` rows at once, each over its own connections, ` +
      'with the Node flags of docker-compose.yml.',
    tables: [
      {
        head: ['files at once', 'round trip', 'seconds', 'MB/s', 'peak RSS MB'],
        rows: measured.map(({ files, roundTripMs, delivery: { transferSeconds, bytes, peakMegabytes } }) => [
          String(files),
          `${roundTripMs} ms`,
          transferSeconds.toFixed(1),
          (bytes / transferSeconds / 1e6).toFixed(1),
          peakMegabytes.toFixed(0),
        ]),
      },
    ],
    targets: measured
      .filter(({ files }) => files === 4)
      .map(({ roundTripMs, delivery }) => ({
        name: `peak memory of four files at once against ${mostMegabytes} MB (${roundTripMs} ms)`,
        ratio: delivery.peakMegabytes / mostMegabytes,
        atMost: 1,
      })),
  }
}
