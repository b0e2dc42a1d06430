import { describe, expect, test } from 'vitest'
import type { ExportFrequency } from '../../src/domain/calendar.js'
import { type RegistrationTarget, replaceRegistration } from '../../src/domain/registration.js'
import { pausedByTenant, scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { change, disabled, selected } from '../support/world/builders.js'

function specOf(target: RegistrationTarget, jitterSeconds = 0) {
  return scheduleSpec(replaceRegistration(undefined, target, change('2026-11-23T09:30:00Z')), target.entities, {
    jitterSeconds,
  })
}

describe('the schedule of a registration', () => {
  test('a schedule has the id export-<tenantId> and starts the export workflow with the tenant id only', () => {
    expect(specOf(selected('user'))).toMatchObject({
      scheduleId: 'export-acme',
      tenantId: 'acme',
      workflowType: 'exportRun',
      input: { tenantId: 'acme' },
      registrationVersion: 1,
      paused: false,
    })
  })

  test('a schedule has its tenant as fairness key', () => {
    expect(specOf(selected('user')).priority).toEqual({ fairnessKey: 'acme' })
  })

  // Scalars: Temporal takes a range without an end for one of two values.
  test.each<[ExportFrequency, object]>([
    ['DAILY', { hour: 0, minute: 0, second: 0 }],
    ['WEEKLY', { dayOfWeek: 'MONDAY', hour: 0, minute: 0, second: 0 }],
    ['MONTHLY', { dayOfMonth: 1, hour: 0, minute: 0, second: 0 }],
  ])('a schedule is due %s at midnight of the boundaries (promise 1)', (frequency, calendar) => {
    expect(specOf({ ...selected('user'), frequency })).toMatchObject({ calendar, frequency })
  })

  test('a schedule is paused while the export is disabled, with a note', () => {
    const spec = specOf(disabled)
    expect(spec.paused).toBe(true)
    expect(spec.note.startsWith(pausedByTenant)).toBe(true)
    expect(specOf(selected('user')).note.startsWith(pausedByTenant)).toBe(false)
  })

  test('a schedule shows tenant, frequency, number of entities and version', () => {
    const { summary } = specOf({ ...selected('user', 'content'), frequency: 'WEEKLY' })
    expect(summary).toBe('acme: weekly export of 2 entities (registration 1)')
  })

  test('a schedule spreads its start by the configured jitter', () => {
    expect(specOf(selected('user'), 300).jitterSeconds).toBe(300)
  })
})
