import type { ReactNode } from 'react'
import { NumberField, Select, Switch } from '../../../../ui/fields'
import { Notice } from '../../../../ui/notice'
import type { FormProps, Setting } from '../setting'
import {
  defaultFormat,
  type FileFormatValue,
  formatChanges,
  formatSummary,
  mergeFormats,
  sampleLines,
  sampleNames,
} from './file-format'
import styles from './file-format.module.css'

const compressions = [
  { value: 'NONE', label: 'None' },
  { value: 'GZIP', label: 'gzip (.csv.gz)' },
  { value: 'ZSTD', label: 'Zstandard (.csv.zst)' },
] as const
const delimiters = [
  { value: 'COMMA', label: 'Comma ,' },
  { value: 'SEMICOLON', label: 'Semicolon ;' },
  { value: 'TAB', label: 'Tab' },
  { value: 'PIPE', label: 'Vertical bar |' },
] as const
const quotings = [
  { value: 'MINIMAL', label: 'Only where needed' },
  { value: 'ALL', label: 'All values' },
] as const

function FileFormatForm({ value, onChange, errors }: FormProps<FileFormatValue>): ReactNode {
  const change = (part: Partial<FileFormatValue>): void => onChange({ ...value, ...part })
  return (
    <>
      {errors.length > 0 && (
        <Notice tone="bad" title="This format is not accepted.">
          {errors.map((error) => (
            <p key={error}>{error}</p>
          ))}
        </Notice>
      )}
      <div className={styles['fields']}>
        <Select
          label="Compression"
          help="Compressed files are three to ten times smaller. Your loader must be able to read them."
          choices={compressions}
          value={value.compression}
          onChange={(compression) => change({ compression })}
        />
        <Select
          label="Between two values"
          help="Spreadsheets of countries with a decimal comma read semicolons."
          choices={delimiters}
          value={value.delimiter}
          onChange={(delimiter) => change({ delimiter })}
        />
        <Select
          label="Quotes"
          help="An empty field without quotes is NULL. Two quotes are the empty text."
          choices={quotings}
          value={value.quoting}
          onChange={(quoting) => change({ quoting })}
        />
        <NumberField
          label="Split files above (MB)"
          help="Empty: one file for each entity, whatever its size."
          value={value.maxPartMegabytes ?? undefined}
          onChange={(megabytes) => change({ maxPartMegabytes: megabytes ?? null })}
          min={1}
          max={100_000}
        />
      </div>
      <Switch isSelected={value.escapeFormulas} onChange={(escapeFormulas) => change({ escapeFormulas })}>
        Protect spreadsheets from formulas. A value that begins like a formula gets a leading apostrophe, which changes
        the value.
      </Switch>
      <Switch isSelected={value.changeType} onChange={(changeType) => change({ changeType })}>
        Add the column change_type: I for a new row, U for one that was there before, D for a deleted one.
      </Switch>
      <figure className={styles['sample']}>
        <figcaption>
          A sample with invented values, in <code>{sampleNames(value)}</code>
        </figcaption>
        <pre tabIndex={0} aria-label="Sample lines">
          {sampleLines(value).join('\n')}
        </pre>
      </figure>
    </>
  )
}

export const setting: Setting<FileFormatValue> = {
  id: 'file-format',
  order: 30,
  title: 'File format',
  lead: 'How the files are written. A run that is in progress keeps its format.',
  initial: defaultFormat,
  read: ({ fileFormat: { compression, maxPartMegabytes, delimiter, quoting, escapeFormulas, changeType } }) => ({
    compression,
    maxPartMegabytes,
    delimiter,
    quoting,
    escapeFormulas,
    changeType,
  }),
  toInput: (fileFormat) => ({ fileFormat }),
  inputFields: ['fileFormat'],
  summary: formatSummary,
  changes: formatChanges,
  merge: mergeFormats,
  Form: FileFormatForm,
}
