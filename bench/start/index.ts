import type { BenchOptions, Section } from '../section.js'
import { buildPrograms, bundledProgram } from '../wire/programs.js'
import { measureStart, type Started } from './measure.js'

/** Words of each program that is measured. `--help` of the services is printed once all of their modules are loaded. */
const programs = [
  ['api', '--help'],
  ['worker', '--help'],
  ['cli', '--help'],
  ['cli', 'authorized-keys', 'acme'],
  ['cli', 'migrate'],
  ['cli', 'check-source'],
  ['cli', 'verify', '--all'],
  ['cli', 'retention', 'acme', 'default', '--yes'],
  ['cli', 'remove-registration', 'acme', '--yes'],
  ['cli', 'remove-sftp-key', 'acme', 'SHA256:x', '--yes'],
  ['cli', 'erase-tenant', 'acme', '--yes'],
] as const

const empty = "node -e ''"

/** What each program costs before it does anything. */
export async function benchStart({ full, progress }: BenchOptions): Promise<Section> {
  progress('start: compiles the programs')
  await buildPrograms()
  const found = await measureAll(full ? 15 : 5, progress)
  const base = found.get(empty) ?? { ms: 0, peakRss: 0 }
  return {
    title: 'Start',
    about:
      'The time from start to exit of each program, and its peak resident memory, as medians of several runs that ' +
      'alternate. The API and the worker print their help, which they do once all modules are loaded. A command ends when ' +
      `its database or source refuses the connection. The ratios are against ${empty}.`,
    tables: [
      {
        head: ['program', 'ms', 'ratio', 'MB', 'ratio'],
        rows: [...found].map(([name, { ms, peakRss }]) => [
          name,
          ms.toFixed(0),
          (ms / base.ms).toFixed(1),
          (peakRss / 1e6).toFixed(0),
          (peakRss / base.peakRss).toFixed(1),
        ]),
      },
    ],
    targets: [],
  }
}

/** The medians of all programs, by their names. */
export async function measureAll(
  times: number,
  progress: (line: string) => void,
): Promise<ReadonlyMap<string, Started>> {
  const commands = new Map<string, readonly string[]>([[empty, ['-e', '']]])
  for (const [name, ...words] of programs) {
    commands.set([name, ...words].join(' '), [bundledProgram(name), ...words])
  }
  const runs = new Map<string, Started[]>([...commands.keys()].map((name) => [name, []]))
  for (let time = 1; time <= times; time++) {
    progress(`start: ${time} of ${times}`)
    for (const [name, args] of commands) runs.get(name)?.push(await measureStart(args))
  }
  return new Map(
    [...runs].map(([name, all]) => [
      name,
      { ms: median(all.map(({ ms }) => ms)), peakRss: median(all.map(({ peakRss }) => peakRss)) },
    ]),
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
