import * as zlib from 'node:zlib'
import { namesOf } from '../../domain/described.js'
import {
  defaultFileFormat,
  type FileFormat,
  fileFormatEntries,
  type FileFormatField,
  fileFormatFieldNames,
  fileFormatFields,
  type FileFormatInput,
  type IntegerField,
} from '../../domain/file-format.js'
import { ok, type Outcome } from '../outcome.js'
import { type UserError, userError } from '../user-error.js'

const hasZstd = 'createZstdCompress' in zlib

/** The format that an input requests, or every error in it. `zstd`: whether this version of Node can write Zstandard. */
export function requestedFileFormat(input: FileFormatInput, zstd = hasZstd): Outcome<FileFormat> {
  const format = Object.fromEntries(
    fileFormatFieldNames.map((name) => [name, input[name] ?? defaultFileFormat[name]]),
  ) as FileFormat
  const userErrors = [
    ...(format.compression === 'ZSTD' && !zstd ? [zstdUnavailable()] : []),
    ...fileFormatEntries.flatMap(([name, field]) => {
      const value = format[name]
      return field.kind !== 'integer' || isWithin(field, value) ? [] : [outOfBounds(name, field, value)]
    }),
  ]
  return userErrors.length === 0 ? ok(format) : { ok: false, userErrors }
}

function isWithin({ min, max }: IntegerField, value: unknown): boolean {
  return value === null || (Number.isInteger(value) && Number(value) >= min && Number(value) <= max)
}

function outOfBounds(name: FileFormatField, { min, max, none }: IntegerField, value: unknown): UserError {
  const message =
    `${name} must be a whole number from ${min} to ${max}, not ${String(value)}. ` +
    `Omit it for ${none}. Nothing was changed.`
  return userError('INVALID_FILE_FORMAT', message, ['input', 'fileFormat', name])
}

function zstdUnavailable(): UserError {
  const message =
    `ZSTD needs Node 22.15 or later, and this Tidemark runs on ${process.version.slice(1)}. ` +
    'Choose GZIP or NONE, or run Tidemark on a later Node. Nothing was changed.'
  return userError('COMPRESSION_UNAVAILABLE', message, ['input', 'fileFormat', 'compression'], {
    allowedValues: namesOf(fileFormatFields.compression.values).filter((each) => each !== 'ZSTD'),
  })
}
