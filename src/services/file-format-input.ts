import * as zlib from 'node:zlib'
import { compressions, defaultFileFormat, type FileFormat, partMegabytes } from '../domain/file-format.js'
import type { FileFormatInput, Outcome, UserError } from './registrations.js'

const hasZstd = 'createZstdCompress' in zlib

/** The format that an input asks for, or everything that is wrong with it. `zstd`: whether this Node can write Zstandard. */
export function wantedFileFormat(input: FileFormatInput, zstd = hasZstd): Outcome<FileFormat> {
  const format: FileFormat = {
    compression: input.compression ?? defaultFileFormat.compression,
    maxPartMegabytes: input.maxPartMegabytes ?? defaultFileFormat.maxPartMegabytes,
    delimiter: input.delimiter ?? defaultFileFormat.delimiter,
    quoting: input.quoting ?? defaultFileFormat.quoting,
    escapeFormulas: input.escapeFormulas ?? defaultFileFormat.escapeFormulas,
  }
  const userErrors = [
    ...(format.compression === 'ZSTD' && !zstd ? [zstdUnavailable()] : []),
    ...(isPartSize(format.maxPartMegabytes) ? [] : [invalidPartSize(format.maxPartMegabytes)]),
  ]
  return userErrors.length === 0 ? { ok: true, value: format } : { ok: false, userErrors }
}

function isPartSize(megabytes: number | null): boolean {
  const { min, max } = partMegabytes
  return megabytes === null || (Number.isInteger(megabytes) && megabytes >= min && megabytes <= max)
}

function invalidPartSize(given: number | null): UserError {
  return {
    code: 'INVALID_FILE_FORMAT',
    message:
      `maxPartMegabytes must be a whole number from ${partMegabytes.min} to ${partMegabytes.max}, not ${given}; ` +
      'leave it out for files that are not split. Nothing was changed.',
    path: ['input', 'fileFormat', 'maxPartMegabytes'],
    allowedValues: [],
    didYouMean: [],
  }
}

function zstdUnavailable(): UserError {
  return {
    code: 'COMPRESSION_UNAVAILABLE',
    message:
      `ZSTD needs Node 22.15 or later, and this Tidemark runs on ${process.version.slice(1)}. ` +
      'Choose GZIP or NONE, or have Tidemark run on a later Node. Nothing was changed.',
    path: ['input', 'fileFormat', 'compression'],
    allowedValues: compressions.filter((each) => each !== 'ZSTD'),
    didYouMean: [],
  }
}
