import type { RegisteredEntity, Registration } from '../domain/registration.js'
import { scheduleTimeOf } from '../domain/schedule-time.js'
import { encryptionFromJson } from './encryption-rows.js'
import { fileFormatFromJson } from './format-rows.js'

type Json<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] }

/** A registration from its JSON in the history, where times are ISO 8601 text. */
export function registrationFromJson(json: unknown): Registration {
  const stored = json as Json<Omit<Registration, 'entities'>> & { entities: Json<RegisteredEntity>[] }
  return {
    ...stored,
    // Registrations of earlier releases lack what was added since.
    schedule: scheduleTimeOf(stored.schedule),
    fileFormat: fileFormatFromJson(stored.fileFormat),
    encryption: encryptionFromJson(stored.encryption),
    createdAt: new Date(stored.createdAt),
    updatedAt: new Date(stored.updatedAt),
    entities: stored.entities.map((entity) => ({
      ...entity,
      activatedAt: new Date(entity.activatedAt),
      deactivatedAt: entity.deactivatedAt === null ? null : new Date(entity.deactivatedAt),
    })),
  }
}
