import { createHash } from 'node:crypto'
import type { LedgerManifest } from '../database/deliveries/ledger-store.js'
import { dayFolder } from '../domain/delivery-path.js'
import { type Delivery, filesOf } from '../domain/delivery.js'
import { type Differ, differ, type Findings } from './report.js'

/** Compares the stored manifest with the one that was published, and its content with the ledger. */
export function checkManifest(
  findings: Findings,
  { path, bytes, sha256 }: Pick<LedgerManifest, 'path' | 'bytes' | 'sha256'>,
  files: readonly Delivery[],
  content: Buffer,
): void {
  const tenantId = files[0]?.tenantId ?? ''
  const note = differ(findings, tenantId, path)
  note('bytes of the manifest', bytes, content.length)
  note('sha256 of the manifest', sha256, createHash('sha256').update(content).digest('hex'))
  const resources = resourcesOf(content)
  if (!resources) return note('format of the manifest', 'a data package', 'something else')
  const folder = path.slice(0, path.lastIndexOf('/'))
  const expected = files.flatMap(expectedFiles)
  for (const file of expected) {
    const relative = file.path.slice(dayFolder(tenantId, file.day).length + 1)
    const named = resources.filter((resource) => resource['path'] === relative)
    const ofFile = differ(findings, tenantId, file.path)
    ofFile('entries in the manifest', 1, named.length)
    if (named[0]) checkResource(ofFile, file, named[0])
  }
  const known = new Set(expected.map((file) => file.path))
  for (const { path: relative } of resources) {
    const named = `${folder}/${String(relative)}`
    if (!known.has(named))
      differ(findings, tenantId, named)('file in the manifest', 'one of the ledger', 'unknown to the ledger')
  }
}

type Resource = Readonly<Record<string, unknown>>

function resourcesOf(content: Buffer): Resource[] | undefined {
  try {
    const { resources } = JSON.parse(content.toString()) as { resources?: unknown }
    const isList = Array.isArray(resources) && resources.every((each) => typeof each === 'object' && each !== null)
    return isList ? (resources as Resource[]) : undefined
  } catch {
    return undefined
  }
}

interface ExpectedFile extends Delivery {
  /** The number of the file part, and how many there are; undefined if the delivery is not split. */
  readonly part: number | undefined
  readonly of: number | undefined
}

/** What the manifest must have of each file of a delivery. */
function expectedFiles(delivery: Delivery): ExpectedFile[] {
  return filesOf(delivery).map((file, index, { length }) => ({
    ...delivery,
    ...file,
    part: delivery.parts ? index + 1 : undefined,
    of: delivery.parts ? length : undefined,
  }))
}

const compressions = { NONE: undefined, GZIP: 'gz', ZSTD: 'zst' } as const

function expectedEncryption({ encryption, content, format }: ExpectedFile): Resource | undefined {
  if (!encryption) return undefined
  const compression = compressions[format.compression]
  const mediatype = { NONE: 'text/csv', GZIP: 'application/gzip', ZSTD: 'application/zstd' }[format.compression]
  const { recipients, signedBy } = encryption
  const kind = { ...(compression && { compression }), mediatype }
  return {
    type: 'pgp',
    recipients,
    signedBy,
    content: { ...kind, bytes: content?.bytes, hash: `sha256:${content?.sha256}` },
  }
}

function checkResource(note: Differ, file: ExpectedFile, resource: Resource): void {
  const { load } = file
  const isFull = load.mode === 'FULL'
  const expected: Resource = {
    entity: file.entity,
    bytes: file.bytes,
    hash: `sha256:${file.sha256}`,
    rows: file.rows,
    mode: isFull ? 'full' : 'delta',
    window: { from: isFull ? null : load.from.toISOString(), to: file.to.toISOString() },
    revision: file.revision,
    sequence: file.sequence,
    previous: isFull ? null : load.previous,
    schemaVersion: file.schemaVersion,
    redelivered: file.redelivered,
    part: file.part,
    parts: file.of,
    compression: file.encryption ? undefined : compressions[file.format.compression],
    encryption: expectedEncryption(file),
  }
  for (const [name, value] of Object.entries(expected)) note(`${name} in the manifest`, value, resource[name])
}
