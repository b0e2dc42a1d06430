import { describe, expect, test } from 'vitest'
import { exportRunWorkflow, scheduleId, searchAttributes } from '../../src/contracts.js'
import * as workflows from '../../workflows/index.js'

describe('names that the outside and Temporal see', () => {
  test('has export-<tenantId> as the id of the schedule', () => {
    expect(scheduleId('acme')).toBe('export-acme')
  })

  test('starts a workflow that exists', () => {
    expect(Object.keys(workflows)).toContain(exportRunWorkflow)
  })

  test('has search attributes for tenant, entity, mode and rows (issue 3, part 4)', () => {
    expect(searchAttributes).toEqual({
      TenantId: 'Keyword',
      ExportStatus: 'Keyword',
      ExportEntities: 'KeywordList',
      ExportModes: 'KeywordList',
      ExportRows: 'Int',
      RegistrationVersion: 'Int',
    })
  })
})
