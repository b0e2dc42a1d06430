import type { Prisma } from '../generated/prisma/client.js'
import type { FilePart } from '../domain/delivery.js'
import { defaultFileFormat, type FileFormat } from '../domain/file-format.js'

/** A format from its JSON. What the JSON lacks takes its default. */
export function fileFormatFromJson(json: unknown): FileFormat {
  return { ...defaultFileFormat, ...(json as Partial<FileFormat> | null | undefined) }
}

/** The file parts of a split delivery as JSON. */
export function partsToJson(parts: readonly FilePart[]): Prisma.InputJsonObject[] {
  return parts.map(({ content, ...part }) => ({ ...part, ...(content && { content: { ...content } }) }))
}

/** The file parts of a split delivery from their JSON; null if the delivery is not split. */
export function partsFromJson(json: unknown): FilePart[] | null {
  return json as FilePart[] | null
}
