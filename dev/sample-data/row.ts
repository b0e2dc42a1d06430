import { createHash } from 'node:crypto'
import { hostileJson, hostileTexts } from './hostile-values.js'
import { sentences } from './lexicon.js'
import { jsonArray, literal, textArray, type Sql } from './sql.js'

/** The row's number and times in the query of `fillSample`. */
export const rowNumber = 'r.i'
export const createdAt = 'r.created_at'
export const updatedAt = 'r.updated_at'

/** Codes sort like the numbers in them. */
export const codeDigits = 9

/** What a recipe knows of an entity that it refers to. */
export interface EntitySize {
  readonly prefix: string
  /** The number of rows that the tenant has. */
  readonly rows: number
}

/**
 * The row that a recipe describes, once for all rows of an entity. Every method returns an SQL expression over the row's
 * number. Random values are hashes of that number, salted with the seed, the tenant, the entity and the column. So
 * Postgres always generates the same rows, and references between rows need no join.
 */
export class Row {
  constructor(
    private readonly entity: string,
    private readonly salt: string,
    private readonly sizes: ReadonlyMap<string, EntitySize>,
  ) {}

  /** A number from 0 to 2^63 - 1. */
  draw(column: string, at: Sql = rowNumber, entity = this.entity): Sql {
    const salt = createHash('sha256').update(`${this.salt}/${entity}.${column}`).digest().readBigInt64BE()
    return `(hashint8extended(${at}, '${salt}') & 9223372036854775807)`
  }

  /** A whole number from `min` to `max`, both included. */
  between(column: string, min: number, max: number): Sql {
    return `(${min} + (${this.draw(column)} % ${max - min + 1})::int)`
  }

  /** A floating-point number from 0 up to 1, with all its digits. */
  fraction(column: string): Sql {
    return `((${this.draw(column)} % 1000003) / 1000003::float8)`
  }

  /** A number with a fixed count of digits after the point. */
  decimal(column: string, min: number, max: number, digits: number): Sql {
    const unit = 10 ** digits
    return `((${min * unit} + ${this.draw(column)} % ${(max - min) * unit + 1})::numeric / ${unit})`
  }

  /** True for a percentage of the rows. */
  chance(column: string, percent: number): Sql {
    return `(${this.draw(`${column}?`)} % 100 < ${percent})`
  }

  /** The expression for a percentage of the rows, NULL for the others. */
  maybe(column: string, percent: number, expression: Sql): Sql {
    return `CASE WHEN ${this.chance(column, percent)} THEN ${expression} END`
  }

  oneOf(column: string, values: readonly string[]): Sql {
    return `(${textArray(values)})[1 + ${this.draw(column)} % ${values.length}]`
  }

  /** For one of `every` rows one of the special expressions, each in turn. This also covers tenants with few rows. */
  rarely(column: string, every: number, specials: readonly Sql[], otherwise: Sql): Sql {
    const turn = `${rowNumber} / ${every} % ${specials.length}`
    const cases = specials.map((special, at) => `WHEN ${at} THEN ${special}`).join(' ')
    return `CASE WHEN ${this.isTurn(column, every)} THEN CASE ${turn} ${cases} END ELSE ${otherwise} END`
  }

  /** Free text: some sentences, or sometimes a hostile value. */
  text(column: string, count: number): Sql {
    const words = Array.from({ length: count }, (_, at) => this.oneOf(`${column}#${at}`, sentences)).join(` || ' ' || `)
    return this.orHostile(column, words)
  }

  orHostile(column: string, otherwise: Sql): Sql {
    const hostile = `(${textArray(hostileTexts)})[1 + (${rowNumber} / 11 + ${this.offset(column, 1000)}) % ${hostileTexts.length}]`
    return `CASE WHEN ${this.isTurn(column, 11)} THEN ${hostile} ELSE ${otherwise} END`
  }

  json(column: string, samples: readonly unknown[]): Sql {
    const values = [...samples, ...samples, ...samples].map((sample) => JSON.stringify(sample))
    const all = [...values, ...hostileJson]
    return `(${jsonArray(all)})[1 + ${this.draw(column)} % ${all.length}]`
  }

  /** A time up to `seconds` after the row's creation, but not after its last change. */
  after(column: string, seconds: number): Sql {
    return `least(${updatedAt}, ${createdAt} + ${this.microseconds(column, seconds)})`
  }

  before(column: string, seconds: number): Sql {
    return `(${createdAt} - ${this.microseconds(column, seconds)})`
  }

  /** A day from `min` to `max` days after the row was created. */
  day(column: string, min: number, max: number): Sql {
    return `((${createdAt} AT TIME ZONE 'UTC')::date + ${this.between(column, min, max)})`
  }

  /** The code of one of the tenant's rows of another entity. */
  reference(column: string, target: string): Sql {
    return this.codeOf(target, this.referenced(column, target))
  }

  /** The number of the row that a column refers to, for {@link reference}. The row can be of any entity. */
  referenced(column: string, target: string, at: Sql = rowNumber, entity = this.entity): Sql {
    return `(1 + ${this.draw(column, at, entity)} % ${this.rowsOf(target)})`
  }

  /** The number of a child's parent, if children are assigned to their parents in turn. */
  parentOf(child: Sql, parents: string): Sql {
    return `(1 + (${child} - 1) % ${this.rowsOf(parents)})`
  }

  /** The number of one of a parent's children, assigned as in {@link parentOf}. NULL if it has none. */
  childOf(column: string, children: string, parent: Sql, parents: string): Sql {
    const [all, dealt] = [this.rowsOf(children), this.rowsOf(parents)]
    const ownChildren = `((${all} - ${parent}) / ${dealt} + 1)`
    return `CASE WHEN ${parent} <= ${all} THEN ${parent} + ${dealt} * (${this.draw(column)} % ${ownChildren}) END`
  }

  /** The code of an earlier row, NULL for the first row. */
  earlier(column: string): Sql {
    const number = `(1 + ${this.draw(column)} % greatest(${rowNumber} - 1, 1))`
    return `CASE WHEN ${rowNumber} > 1 THEN ${this.codeOf(this.entity, number)} END`
  }

  codeOf(target: string, number: Sql): Sql {
    return `${literal(`${this.size(target).prefix}-`)} || lpad((${number})::text, ${codeDigits}, '0')`
  }

  isTurn(column: string, every: number): Sql {
    return `${rowNumber} % ${every} = ${this.offset(column, every)}`
  }

  private microseconds(column: string, seconds: number): Sql {
    return `(${this.draw(column)} % ${seconds * 1_000_000}) * interval '1 microsecond'`
  }

  private rowsOf(target: string): number {
    const { rows } = this.size(target)
    if (rows === 0) throw new Error(`Rows of ${this.entity} refer to ${target}, which is to have none`)
    return rows
  }

  private size(target: string): EntitySize {
    const size = this.sizes.get(target)
    if (!size) throw new Error(`There is no recipe for ${target}`)
    return size
  }

  /** Differs between the columns of an entity, so that a row seldom has hostile values in all of them. */
  private offset(column: string, below: number): number {
    return createHash('sha256').update(`${this.entity}.${column}`).digest().readUInt32BE() % below
  }
}
