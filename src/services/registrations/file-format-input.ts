import * as zlib from 'node:zlib'
import { compressions, defaultFileFormat, type FileFormat, partMegabytes } from '../../domain/file-format.js'
import { ok, type Outcome } from '../outcome.js'
import { type UserError, userError } from '../user-error.js'

/** A {@link FileFormat} of which every field may be left out. */
export type FileFormatInput = { readonly [Part in keyof FileFormat]?: FileFormat[Part] | null | undefined }

const hasZstd = 'createZstdCompress' in zlib

/** The format that an input requests, or everything that is wrong with it. `zstd`: whether this Node can write Zstandard. */
export function requestedFileFormat(input: FileFormatInput, zstd = hasZstd): Outcome<FileFormat> {
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
  return userErrors.length === 0 ? ok(format) : { ok: false, userErrors }
}

function isPartSize(megabytes: number | null): boolean {
  const { min, max } = partMegabytes
  return megabytes === null || (Number.isInteger(megabytes) && megabytes >= min && megabytes <= max)
}

function invalidPartSize(given: number | null): UserError {
  const message =
    `maxPartMegabytes must be a whole number from ${partMegabytes.min} to ${partMegabytes.max}, not ${given}. ` +
    'Leave it out for files that are not split. Nothing was changed.'
  return userError('INVALID_FILE_FORMAT', message, ['input', 'fileFormat', 'maxPartMegabytes'])
}

function zstdUnavailable(): UserError {
  const message =
    `ZSTD needs Node 22.15 or later, and this Tidemark runs on ${process.version.slice(1)}. ` +
    'Choose GZIP or NONE, or run Tidemark on a later Node. Nothing was changed.'
  return userError('COMPRESSION_UNAVAILABLE', message, ['input', 'fileFormat', 'compression'], {
    allowedValues: compressions.filter((each) => each !== 'ZSTD'),
  })
}
