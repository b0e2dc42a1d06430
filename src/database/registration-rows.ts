import type { RegisteredEntity, Registration } from '../domain/registration.js'
import { fileFormatFromJson } from './format-rows.js'
import type { RegisteredEntityModel } from '../generated/prisma/models.js'

export function registrationToRow(registration: Registration) {
  const { entities: _entities, fileFormat, ...row } = registration
  return { ...row, fileFormat: { ...fileFormat } }
}

export function entityToRow(tenantId: string, entity: RegisteredEntity): RegisteredEntityModel {
  const { name, ...rest } = entity
  return { tenantId, entity: name, ...rest }
}

/** A registration as JSON: the same fields, with times as ISO 8601 text. */
export function registrationToJson(registration: Registration): Record<string, never> {
  return JSON.parse(JSON.stringify(registration)) as Record<string, never>
}

type Json<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] }

/** The registration that {@link registrationToJson} made the JSON from. */
export function registrationFromJson(json: unknown): Registration {
  const stored = json as Json<Omit<Registration, 'entities'>> & { entities: Json<RegisteredEntity>[] }
  return {
    ...stored,
    // Registrations of releases before there were formats have none.
    fileFormat: fileFormatFromJson(stored.fileFormat),
    createdAt: new Date(stored.createdAt),
    updatedAt: new Date(stored.updatedAt),
    entities: stored.entities.map((entity) => ({
      ...entity,
      activatedAt: new Date(entity.activatedAt),
      deactivatedAt: entity.deactivatedAt === null ? null : new Date(entity.deactivatedAt),
    })),
  }
}
