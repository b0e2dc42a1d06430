import { fileExtension } from './encoder.js'
import type { Encryption, FileEncryption } from './encryption.js'
import { defaultFileFormat, type FileFormat } from './file-format.js'

/** Where files are stored. Callers have validated every component of a path: tenant ids, internal names, dates. */

const root = '/exports'

/** The folder of one day of a tenant: `/exports/<tenant-id>/<yyyy>/<mm>/<dd>`. A day is a date, as midnight UTC. */
export function dayFolder(tenantId: string, day: Date): string {
  const [year, month, date] = isoDay(day).split('-')
  return `${root}/${tenantId}/${year}/${month}/${date}`
}

/** The folder of a day and its parents within the tenant's folder, innermost first: they are removed once they are empty. */
export function foldersOf(tenantId: string, day: Date): string[] {
  const [year, month] = isoDay(day).split('-')
  return [dayFolder(tenantId, day), `${root}/${tenantId}/${year}/${month}`, `${root}/${tenantId}/${year}`]
}

/** The folder with all files of a tenant. */
export function tenantFolder(tenantId: string): string {
  return `${root}/${tenantId}`
}

/**
 * The file of an entity and a day. If the format splits files, the file part `number`, from 1:
 * `user/user.0001.csv`.
 */
export function deliveryPath(
  tenantId: string,
  entity: string,
  day: Date,
  format: FileFormat = defaultFileFormat,
  number = 1,
  encryption: Encryption | FileEncryption | null = null,
): string {
  const part = format.maxPartMegabytes === null ? '' : `.${String(number).padStart(4, '0')}`
  return `${dayFolder(tenantId, day)}/${entity}/${entity}${part}${fileExtension(format, encryption)}`
}

/** The file that names every file of the day, written last. */
export function manifestPath(tenantId: string, day: Date): string {
  return `${dayFolder(tenantId, day)}/datapackage.json`
}

/** The signature of a manifest or an index. */
export function signaturePath(path: string): string {
  return `${path}.jws`
}

/** The file that lists a tenant's days. */
export function indexPath(tenantId: string): string {
  return `${tenantFolder(tenantId)}/index.json`
}

/** The contract of an entity: what a file of it contains. */
export function contractPath(tenantId: string, entity: string): string {
  return `${contractFolder(tenantId)}/${entity}.yaml`
}

export function contractFolder(tenantId: string): string {
  return `${tenantFolder(tenantId)}/contracts`
}

/** `2026-11-23`, in UTC. */
export function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10)
}
