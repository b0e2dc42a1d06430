/** The part of pg-cursor that is used here; the package brings no types. */
declare module 'pg-cursor' {
  import type { CustomTypesConfig, Submittable, Connection } from 'pg'

  export default class Cursor<Row> implements Submittable {
    constructor(text: string, values: unknown[], config: { rowMode: 'array'; types: CustomTypesConfig })
    submit(connection: Connection): void
    /** The next rows, at most `count`; none at the end. */
    read(count: number): Promise<Row[]>
  }
}
