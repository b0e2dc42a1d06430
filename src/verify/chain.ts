import type { Delivery } from '../domain/delivery.js'
import { deliveryPath, isoDay } from '../domain/delivery-path.js'
import { startOfDay } from '../domain/calendar.js'
import { differ, type Findings } from './report.js'

type Watermarks = ReadonlyMap<string, { readonly to: Date; readonly sequence: number }>

/** Checks the chain of one tenant's deliveries, in the order of their days. */
export interface ChainCheck {
  /** Checks that the file's window begins at the end of the one before, and that its path and day are those of its window. */
  take(file: Delivery, findings: Findings): void
  /** Checks that each watermark is the end of the entity's last file. */
  end(watermarks: Watermarks, findings: Findings): void
}

export function createChainCheck(tenantId: string): ChainCheck {
  const last = new Map<string, Delivery>()
  return {
    take(file, findings) {
      const { entity, path, to, day, load, format, encryption } = file
      const note = differ(findings, tenantId, path)
      note('path in the ledger', deliveryPath(tenantId, entity, day, format, 1, encryption), path)
      if (!isDayOf(day, to)) note('day of the window’s end in the ledger', isoDay(day), isoDay(to))
      const before = last.get(entity)
      if (load.mode === 'DELTA') {
        note('window begins where the file before it ends', before?.to, load.from)
        note('sequence number of the file before it', before?.sequence, load.previous)
        note('snapshot that the window begins at', before?.snapshot, load.fromSnapshot)
        if (load.from >= to) note('window ends after it begins', `after ${load.from.toISOString()}`, to)
      }
      if (before && before.to >= to)
        note('window ends after that of the file before', `after ${before.to.toISOString()}`, to)
      if (before && before.sequence >= file.sequence) {
        note('sequence number counts up', `more than ${before.sequence}`, file.sequence)
      }
      last.set(entity, file)
    },
    end(watermarks, findings) {
      for (const [entity, file] of last) {
        const watermark = watermarks.get(entity)
        const note = differ(findings, tenantId, file.path)
        note('watermark is the end of the last file', file.to, watermark?.to)
        note('watermark’s sequence number is the last file’s', file.sequence, watermark?.sequence)
      }
      for (const [entity, { to }] of watermarks) {
        if (!last.has(entity))
          differ(findings, tenantId, deliveryPath(tenantId, entity, startOfDay(to)))('file of the watermark', to, null)
      }
    },
  }
}

/** The day is a local date of a slot, which may begin up to two days before the window ends. Zones are up to 14 hours from UTC. */
function isDayOf(day: Date, to: Date): boolean {
  const days = (to.getTime() - day.getTime()) / 86_400_000
  return days >= -1 && days <= 4
}
