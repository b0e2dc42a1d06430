import { generateKey } from 'openpgp'
import { entityOfFiles } from '../../src/domain/change-type.js'
import type { BenchOptions, Section } from '../section.js'
import { deliverByTidemark, type Delivery, jobFor } from '../wire/contestants.js'
import type { Job } from '../wire/job.js'
import { straight } from '../wire/line.js'
import { openPlace } from '../wire/place.js'
import { buildPrograms } from '../wire/programs.js'
import { median } from '../wire/race.js'
import { entityNamed, fillTables, tenantId } from '../wire/tables.js'

const turns = 5
const measured = entityNamed('interaction')

/** What differs from the job of a file without options. */
type Variant = Partial<Pick<Job, 'entity' | 'pgp'>>

/** The same file with one option of a registration each, alternately. */
export async function benchOptions({ progress }: BenchOptions): Promise<Section> {
  progress('Compiling')
  await buildPrograms()
  await using place = await openPlace(progress)
  await fillTables(place, { [tenantId]: { interaction: 1_000_000, content: 100 } }, progress)
  const variants = await allVariants()
  const taken = new Map<string, Delivery[]>([...variants.keys()].map((name) => [name, []]))
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const [name, variant] of variants) {
      progress(`Options: ${name}, turn ${turn} of ${turns}`)
      const what = { entity: measured.name, path: `/${name.replaceAll(' ', '-')}.csv` }
      const job = { ...jobFor(place, straight(place.ssh.port), what), ...variant }
      taken.get(name)?.push(await deliverByTidemark(place, job))
    }
  }
  return section(taken)
}

async function allVariants(): Promise<ReadonlyMap<string, Variant>> {
  const { publicKey, privateKey } = await generateKey({ userIDs: { name: 'bench', email: 'bench@example.com' } })
  const selection = { columns: { [measured.name]: { exclude: ['context', 'referrer'] } }, excludeTags: [] }
  return new Map<string, Variant>([
    ['without options', {}],
    ['without two columns', { entity: entityOfFiles(measured, selection, { changeType: false }) }],
    ['change_type', { entity: entityOfFiles(measured, undefined, { changeType: true }) }],
    ['encrypted', { pgp: { publicKey } }],
    ['encrypted and signed', { pgp: { publicKey, signingKey: privateKey } }],
  ])
}

function section(taken: ReadonlyMap<string, readonly Delivery[]>): Section {
  const rateOf = ({ rows, transferSeconds }: Delivery): number => rows / transferSeconds / 1000
  const plain = taken.get('without options') ?? []
  const ratio = (name: string): number => {
    const ratios = (taken.get(name) ?? []).map((each, turn) => rateOf(each) / rateOf(plain[turn] ?? each))
    return ratios.toSorted((one, other) => one - other)[Math.floor(ratios.length / 2)] ?? Number.NaN
  }
  return {
    title: 'Options of a registration',
    about:
      'The `interaction` entity of a million rows, without delay on the line, with one option each: without the columns `context` and ' +
      '`referrer`, with `change_type`, encrypted to one key with AES-256, and also signed with Ed25519. Each file has its own process, ' +
      'and the files alternate. The rate is from the start of the read to the final name, with connections made. Postgres, sshd and the ' +
      'process share the cores of the machine. A ratio is the median of the ratios of the turns.',
    tables: [
      {
        head: ['file', 'MB', 'seconds', 'k rows/s', 'CPU seconds', 'peak RSS MB'],
        rows: [...taken].map(([name, all]) => {
          const one = median(all)
          const numbers = [one.bytes / 1e6, one.transferSeconds, rateOf(one), one.cpuSeconds, one.peakMegabytes]
          return [name, ...numbers.map((number) => number.toFixed(number < 10 ? 2 : 0))]
        }),
      },
    ],
    targets: [...taken.keys()].slice(1).map((name) => ({
      name: `rows/s ${name} against those without options`,
      ratio: ratio(name),
      ...(name === 'encrypted' && { atLeast: 0.5 }),
    })),
  }
}
