import type { Entity } from '../domain/entity.js'
import { type RegistrationView, type Replacement, shownRunTimes } from '../services/registrations/registration-view.js'
import { columnSelectionBody, noticesBody } from './column-selection.js'
import { fileFormatBody } from './file-format.js'
import { frequencyWords, optionWords, scheduleStateWords } from './words.js'

/** A registration in the words of the REST contract: the fields that `POST /export` accepts, and the fields that it ignores. */
export function registrationBody(view: RegistrationView) {
  return {
    exportOption: optionWords.wordFor(view.exportOption),
    entityList: displayNames(view.listed),
    frequency: frequencyWords.wordFor(view.frequency),
    fileFormat: fileFormatBody(view.fileFormat),
    encryption: view.encryption,
    ...columnSelectionBody(view),
    version: view.version,
    pausedAt: view.pausedAt,
    tenantId: view.tenantId,
    entities: view.entities.map(({ entity, columns, active, activatedAt, deactivatedAt }) => ({
      name: entity.displayName,
      internalName: entity.name,
      columns,
      active,
      activatedAt,
      deactivatedAt,
    })),
    schedule: {
      ...view.schedule,
      state: scheduleStateWords.wordFor(view.schedule.state),
      nextRunTimes: view.schedule.nextRunTimes.slice(0, shownRunTimes),
    },
    createdAt: view.createdAt,
    updatedAt: view.updatedAt,
    updatedBy: view.updatedBy,
  }
}

/** The registration after the call, and the display names of the entities that the call changed. */
export function replacementBody({ registration, changed, activated, deactivated, unchanged, notices }: Replacement) {
  return {
    ...registrationBody(registration),
    changed,
    activated: displayNames(activated),
    deactivated: displayNames(deactivated),
    unchanged: displayNames(unchanged),
    notices: noticesBody(notices),
  }
}

function displayNames(entities: readonly Entity[]): string[] {
  return entities.map((entity) => entity.displayName)
}
