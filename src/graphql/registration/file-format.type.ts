import { Field, InputType, Int, ObjectType } from 'type-graphql'
import type {
  Compression as CompressionName,
  Delimiter as DelimiterName,
  FileFormat as Format,
  Quoting as QuotingName,
} from '../../domain/file-format.js'
import type { FileFormatInput as Input } from '../../services/registrations/file-format-input.js'
import { enumOf } from '../enum.js'

export const Compression = enumOf<CompressionName>('Compression', 'How files are compressed.', {
  NONE: 'Not at all: `<entity>.csv`.',
  GZIP: 'By gzip, at its fastest level: `<entity>.csv.gz`.',
  ZSTD: 'By Zstandard: `<entity>.csv.zst`. Only where Tidemark runs on Node 22.15 or later.',
})

export const Delimiter = enumOf<DelimiterName>('Delimiter', 'What stands between two values.', {
  COMMA: '`,`',
  SEMICOLON: '`;`',
  TAB: 'A tab.',
  PIPE: '`|`',
})

export const Quoting = enumOf<QuotingName>('Quoting', 'Which values are in double quotes.', {
  MINIMAL: 'Those that need to be, and the empty string, so that it is not taken for NULL.',
  ALL: 'All of them, also in the header. NULL stays an empty field without quotes.',
})

const maxPartMegabytes =
  'The most that one file has, in megabytes of 1,000,000 bytes as it lies on the server, 1 to 100000. A larger file is ' +
  'split between two rows into `<entity>.0001.csv`, `<entity>.0002.csv` and so on, each with the header row. A row ' +
  'that is larger by itself gets a part of its own. Null: files are not split.'

const escapeFormulas =
  "Whether values that a spreadsheet would take for a formula get a `'` in front, and values that have it there already one " +
  "more. To get the values, take the first `'` off each that matches `^'+[=+\\-@\\t\\r＝＋－＠]`."

@InputType('FileFormatInput', { description: 'How files shall be written. What is left out takes its default.' })
export class FileFormatInput implements Input {
  @Field(() => Compression, { nullable: true, defaultValue: 'NONE', description: 'How files shall be compressed.' })
  readonly compression?: CompressionName | null

  @Field(() => Int, { nullable: true, description: maxPartMegabytes })
  readonly maxPartMegabytes?: number | null

  @Field(() => Delimiter, {
    nullable: true,
    defaultValue: 'COMMA',
    description: 'What shall stand between two values.',
  })
  readonly delimiter?: DelimiterName | null

  @Field(() => Quoting, {
    nullable: true,
    defaultValue: 'MINIMAL',
    description: 'Which values shall be in double quotes.',
  })
  readonly quoting?: QuotingName | null

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: escapeFormulas })
  readonly escapeFormulas?: boolean | null
}

@ObjectType('FileFormat', { description: 'How files are written.' })
export class FileFormat implements Format {
  @Field(() => Compression, { description: 'How files are compressed.' })
  readonly compression!: CompressionName

  @Field(() => Int, { nullable: true, description: maxPartMegabytes })
  readonly maxPartMegabytes!: number | null

  @Field(() => Delimiter, { description: 'What stands between two values.' })
  readonly delimiter!: DelimiterName

  @Field(() => Quoting, { description: 'Which values are in double quotes.' })
  readonly quoting!: QuotingName

  @Field(() => Boolean, { description: escapeFormulas })
  readonly escapeFormulas!: boolean
}
