import * as zlib from 'node:zlib'
import {
  defaultFileFormat,
  type FileFormat,
  fileFormatEntries,
  type FileFormatField,
  fileFormatFieldNames,
  fileFormatFields,
  type FileFormatInput,
  type IntegerField,
} from '../domain/file-format.js'
import { namesOf } from '../domain/described.js'
import type { Outcome, UserError } from './registrations.js'

const hasZstd = 'createZstdCompress' in zlib

/** The format that an input requests, or every error in it. `zstd`: whether this Node can write Zstandard. */
export function wantedFileFormat(input: FileFormatInput, zstd = hasZstd): Outcome<FileFormat> {
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
  return userErrors.length === 0 ? { ok: true, value: format } : { ok: false, userErrors }
}

function isWithin({ min, max }: IntegerField, value: unknown): boolean {
  return value === null || (Number.isInteger(value) && Number(value) >= min && Number(value) <= max)
}

function outOfBounds(name: FileFormatField, { min, max, default: byDefault }: IntegerField, value: unknown): UserError {
  return {
    code: 'INVALID_FILE_FORMAT',
    message:
      `${name} must be a whole number from ${min} to ${max}, not ${String(value)}. ` +
      `Omit it for the default, ${String(byDefault)}. Nothing was changed.`,
    path: ['input', 'fileFormat', name],
    allowedValues: [],
    didYouMean: [],
  }
}

function zstdUnavailable(): UserError {
  return {
    code: 'COMPRESSION_UNAVAILABLE',
    message:
      `ZSTD needs Node 22.15 or later, and this Tidemark runs on ${process.version.slice(1)}. ` +
      'Choose GZIP or NONE, or run Tidemark on a later Node. Nothing was changed.',
    path: ['input', 'fileFormat', 'compression'],
    allowedValues: namesOf(fileFormatFields.compression.values).filter((each) => each !== 'ZSTD'),
    didYouMean: [],
  }
}
