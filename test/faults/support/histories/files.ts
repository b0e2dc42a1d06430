import type { Load } from '../../../../src/domain/window.js'
import type { Version } from './writer.js'

/** A row as Postgres prints it. */
export type Row = readonly [code: string, version: string, deleted: string]

export interface MadeFile {
  readonly load: Load
  readonly to: Date
  /** The date in its path. */
  readonly day: Date
  /** One more than that of the file published before. */
  readonly sequence: number
  readonly snapshot: string
  readonly rows: readonly Row[]
}

/** The rows of an entity that were committed when a file was read. */
export type Source = ReadonlyMap<string, Version>

/** The files of one entity, with the two consumers that there can be. Each new file is held to the invariants. */
export class Files {
  /** Of each day the last file, since it takes the place of the one before. */
  readonly #kept: MadeFile[] = []
  /** Who loads every file that is published has this. */
  #everyFile: ReadonlyMap<string, Row> = new Map()

  get last(): MadeFile | undefined {
    return this.#kept.at(-1)
  }

  /** The file so many days with a file before the last one. */
  past(back: number): MadeFile | undefined {
    return this.#kept.at(-1 - back)
  }

  /** @throws where the file, or what came before it, breaks an invariant. */
  publish(file: MadeFile, source: Source): void {
    const { last } = this
    if (last && file.to < last.to) throw new Error('I6: the watermark goes back')
    if (last && file.day < last.day) throw new Error('I6: the day goes back')
    if (last && file.day.getTime() === last.day.getTime()) {
      assertSuperset(last, file)
      this.#kept.pop()
    }
    assertTiles(this.last, file)
    this.#kept.push(file)
    this.#assertOnce()
    this.#everyFile = withFile(this.#everyFile, file)
    const lastFiles = this.#kept.reduce(withFile, new Map<string, Row>())
    assertEqualsSource('every file', this.#everyFile, file.to, source)
    assertEqualsSource("each day's last file", lastFiles, file.to, source)
  }

  /** A past window is written again, in the place of its file. Who has loaded the first puts it on top, by key. */
  redeliver(file: MadeFile, rows: readonly Row[]): void {
    this.#kept[this.#kept.indexOf(file)] = { ...file, rows }
    this.#assertOnce()
    this.#everyFile = withRows(this.#everyFile, rows)
  }

  #assertOnce(): void {
    const chain = this.#kept.slice(this.#kept.findLastIndex(({ load }) => load.mode === 'FULL'))
    const seen = new Set<string>()
    for (const [code, version] of chain.flatMap(({ rows }) => rows)) {
      if (seen.has(version)) throw new Error(`I2: version ${version} of ${code} is delivered twice`)
      seen.add(version)
    }
  }
}

/** A full load is all there is; a delta is put on top, by key. */
function withFile(rows: ReadonlyMap<string, Row>, { load, rows: ofFile }: MadeFile): ReadonlyMap<string, Row> {
  return withRows(load.mode === 'FULL' ? new Map() : rows, ofFile)
}

function withRows(rows: ReadonlyMap<string, Row>, loaded: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map([...rows, ...loaded.map((row) => [row[0], row] as const)])
}

function assertSuperset(first: MadeFile, second: MadeFile): void {
  if (second.load.mode === 'FULL') return
  if (first.load.mode === 'FULL' || first.load.from.getTime() !== second.load.from.getTime()) {
    throw new Error("I3: the day's later file does not cover what the one before it covered")
  }
}

function assertTiles(before: MadeFile | undefined, { load, to }: MadeFile): void {
  if (load.mode === 'FULL') return
  if (!before) throw new Error('I3: a delta follows no file')
  if (load.from.getTime() !== before.to.getTime()) throw new Error('I3: the window does not begin where the last ended')
  if (load.previous !== before.sequence) throw new Error('I3: `previous` is not the file that the window follows')
  if (load.from >= to) throw new Error('I3: the window is empty')
}

/** I1 at a watermark: what the source had before `to` is what the consumer has; what is dated later is yet to come. */
function assertEqualsSource(who: string, loaded: ReadonlyMap<string, Row>, to: Date, source: Source): void {
  for (const [code, { version, deleted, updatedAt }] of source) {
    const row = loaded.get(code)
    const has = row?.[1] === String(version) && row[2] === (deleted ? 't' : 'f')
    if (updatedAt < to && !has)
      throw new Error(`I1: who loads ${who} lacks version ${version} of ${code}: has ${row?.[1]}`)
    if (updatedAt >= to && has) throw new Error(`I1: version ${version} of ${code} is dated after the file's end`)
  }
  for (const code of loaded.keys()) if (!source.has(code)) throw new Error(`I1: ${code} was never committed`)
}
