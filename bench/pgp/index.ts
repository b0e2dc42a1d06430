import { generateKey } from 'openpgp'
import type { BenchOptions, Section } from '../section.js'
import { deliverByTidemark, type Delivery, jobFor } from '../wire/contestants.js'
import type { Job } from '../wire/job.js'
import { straight } from '../wire/line.js'
import { openPlace, type Place } from '../wire/place.js'
import { buildPrograms } from '../wire/programs.js'
import { median } from '../wire/race.js'
import { fillTables, tenantId } from '../wire/tables.js'

const turns = 5

/** The same file plain, encrypted, and encrypted and signed, alternately. */
export async function benchPgp({ progress }: BenchOptions): Promise<Section> {
  progress('Compiling')
  await buildPrograms()
  const { publicKey, privateKey } = await generateKey({ userIDs: { name: 'bench', email: 'bench@example.com' } })
  await using place = await openPlace(progress)
  await fillTables(place, { [tenantId]: { interaction: 1_000_000, content: 100 } }, progress)
  const kinds: readonly (readonly [string, Job['pgp']])[] = [
    ['plain', undefined],
    ['encrypted', { publicKey }],
    ['encrypted and signed', { publicKey, signingKey: privateKey }],
  ]
  const taken = new Map<string, Delivery[]>(kinds.map(([kind]) => [kind, []]))
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const [kind, pgp] of kinds) {
      progress(`PGP: ${kind}, turn ${turn} of ${turns}`)
      taken.get(kind)?.push(await deliver(place, kind, pgp))
    }
  }
  return section([...taken])
}

function deliver(place: Place, kind: string, pgp: Job['pgp']): Promise<Delivery> {
  const path = `/${kind.replaceAll(' ', '-')}.csv`
  return deliverByTidemark(place, {
    ...jobFor(place, straight(place.ssh.port), { entity: 'interaction', path }),
    ...(pgp && { pgp }),
  })
}

function section(taken: readonly (readonly [string, readonly Delivery[]])[]): Section {
  const rateOf = ({ bytes, transferSeconds }: Delivery): number => bytes / transferSeconds / 1e6
  const of = (kind: string): readonly Delivery[] => taken.find(([name]) => name === kind)?.[1] ?? []
  const ratio = (kind: string): number => {
    const ratios = of(kind).map((each, turn) => rateOf(each) / rateOf(of('plain')[turn] ?? each))
    return ratios.toSorted((one, other) => one - other)[Math.floor(ratios.length / 2)] ?? Number.NaN
  }
  return {
    title: 'Encrypted files',
    about:
      'The `interaction` entity of a million rows, without delay on the line: plain, encrypted to one key with AES-256, and signed with ' +
      'Ed25519. Each file has its own process, and the three alternate. The rate is from the start of the read to the final name, with ' +
      'connections made. Postgres, sshd and the process share the cores of the machine. A ratio is the median of the ratios of the turns.',
    tables: [
      {
        head: ['file', 'MB', 'seconds', 'MB/s', 'CPU seconds', 'peak RSS MB'],
        rows: taken.map(([kind, all]) => {
          const one = median(all)
          const numbers = [one.bytes / 1e6, one.transferSeconds, rateOf(one), one.cpuSeconds, one.peakMegabytes]
          return [kind, ...numbers.map((number) => number.toFixed(number < 10 ? 2 : 0))]
        }),
      },
    ],
    targets: [
      { name: 'MB/s encrypted against plain', ratio: ratio('encrypted'), atLeast: 0.5 },
      { name: 'MB/s encrypted and signed against plain', ratio: ratio('encrypted and signed') },
    ],
  }
}
