import type { BenchOptions, Section } from '../section.js'
import { openSshAvailability } from '../../test/support/sftp/openssh-availability.js'
import { contest, type Contest, type ContestSize } from './contest.js'
import { filesOf, type Scripted, scriptEach, scriptOnce } from './floor.js'
import { openSmallPlace, rowsPerFile, type SmallPlace } from './place.js'
import { measurePeers } from './peers.js'
import { type Profile, profileWorker } from './profile.js'
import { smallTables, smallTargets } from './report.js'
import { buildBefore, buildNow } from './tree.js'
import { measureWaits, type Waits } from './waits.js'

/** The last commit that exports each small file for itself, with an activity, a claim and two transactions of its own. */
const commitBefore = 'cb59ff9'

export interface SmallFiles {
  readonly contests: readonly Contest[]
  readonly scripts: readonly Scripted[]
  /** By the name of the tree: `before` is missing where the repository lacks the commit. */
  readonly waits: ReadonlyMap<string, Waits>
  readonly profiles: ReadonlyMap<string, Profile>
}

/** Many files of a few rows each: against the worker of an earlier commit, and against scripts. @throws without OpenSSH's server */
export async function benchSmall(options: BenchOptions): Promise<Section> {
  const { progress } = options
  const openSsh = await openSshAvailability()
  if (!openSsh.available) throw new Error(`OpenSSH's server is not available: ${openSsh.reason}`)
  await using stack = new AsyncDisposables()
  const before = await buildBefore(commitBefore, progress)
  const trees = [...(before ? [before] : []), await buildNow(progress)]
  for (const tree of trees) stack.use(tree)
  const places: SmallPlace[] = []
  for (const tree of trees) places.push(stack.use(await openSmallPlace(tree, progress)))
  return section(await measure(places, options), before !== undefined)
}

async function measure(places: readonly SmallPlace[], options: BenchOptions): Promise<SmallFiles> {
  const { progress } = options
  const contests: Contest[] = []
  const [usual, ...larger] = sizesOf(options)
  if (usual) contests.push(await contest(places, usual, progress))
  const waits = new Map<string, Waits>()
  const profiles = new Map<string, Profile>()
  for (const place of places) {
    progress(`What a file of ${place.tree.name} waits for`)
    waits.set(place.tree.name, await measureWaits(place))
    progress(`A profile of ${place.tree.name}`)
    profiles.set(place.tree.name, await profileWorker(place, 16))
  }
  const now = places.at(-1)
  const scripts = now ? await scriptsIn(now, options) : []
  for (const size of larger) contests.push(await contest(places, size, progress))
  return { contests, waits, profiles, scripts }
}

function sizesOf({ full, tenants = 64, nights = 3 }: BenchOptions): ContestSize[] {
  return [tenants, ...(full ? [1000] : [])].map((size) => sizeOf(size, nights))
}

/** A night of a thousand tenants takes the earlier commit about twenty minutes. */
function sizeOf(tenants: number, nights: number): ContestSize {
  if (tenants < 500) return { tenants, nights, nightsBefore: Math.min(2, nights) }
  return { tenants, nights, nightsBefore: 1, filesBefore: 4000 }
}

async function scriptsIn(place: SmallPlace, { progress, full, tenants = 64 }: BenchOptions): Promise<Scripted[]> {
  progress('Scripts')
  const files = filesOf(await place.tenants('scripted', tenants, 1))
  const few = files.slice(0, 208)
  const scripts = [await scriptOnce(place, files), await scriptEach(place, few, 4)]
  return full ? [...scripts, ...(await measurePeers(place, 1000, { progress }))] : scripts
}

function section(found: SmallFiles, isCompared: boolean): Section {
  return {
    title: 'Small files',
    about:
      `Every tenant has all 26 entities, and each file has ${rowsPerFile} rows. All runs of a night start at once, with one worker, the ` +
      'program of the image. The first night is a full load, the others are deltas. With 500 tenants and more, `before` ' +
      'delivers only 4,000 files of the first night, and is killed then. Postgres, Temporal, ' +
      "OpenSSH's server and the worker are separate processes on one machine. " +
      (isCompared
        ? `\`before\` is the worker of commit ${commitBefore}, built by its own scripts, with a Postgres, a Temporal and an sshd of its own. Its nights alternate with those of \`now\`, the state of this repository. `
        : `The repository lacks commit ${commitBefore}, so there is no comparison with it. `) +
      '\n\n- CPU is user and system time of a program with its children, divided by the files. The benchmark itself is not counted.\n' +
      "- Answers are ReadyForQuery messages of Tidemark's database, counted on the line in a separate run of 8 tenants. They include the plan, the manifest and the end of each run.\n" +
      '- Round trips are the time that export activities of one run need longer with 50 ms on the line to the SFTP server, divided by 50 ms and by files. An activity can export many files, and no file waits for longer than its activity.\n' +
      '- The floor is one psql with all `\\copy` commands and one `sftp -b` batch (put, rename). It has no hash, count, ledger, manifest, sync or retry. The aim is 4 × its time.\n' +
      '- `psql to ssh` is a psql and an ssh for each file, over one connection that is kept. In the full run, so are 1,000 small tables by this script and by dlt 1.31, by its own clock.',
    tables: smallTables(found),
    targets: smallTargets(found),
  }
}

/** Closes in reverse order. */
class AsyncDisposables implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(one: T): T {
    this.#all.push(one)
    return one
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#all.toReversed()) await one[Symbol.asyncDispose]()
  }
}
