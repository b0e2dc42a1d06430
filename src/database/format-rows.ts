import type { FilePart } from '../domain/delivery.js'
import { defaultFileFormat, type FileFormat } from '../domain/file-format.js'

/** A format as JSON keeps it; what was kept without one, or without a part of it, has the default. */
export function fileFormatFromJson(json: unknown): FileFormat {
  return { ...defaultFileFormat, ...(json as Partial<FileFormat> | null | undefined) }
}

/** The parts of a split delivery as JSON keeps them; null where there are none. */
export function partsFromJson(json: unknown): FilePart[] | null {
  return json as FilePart[] | null
}
