import { describe, expect, test } from 'vitest'
import { exportRunWorkflow, scheduleId, searchAttributes } from '../../src/contracts.js'
import * as workflows from '../../workflows/index.js'

describe('names that Temporal sees', () => {
  test('the id of a schedule is export-<tenantId>', () => {
    expect(scheduleId('acme')).toBe('export-acme')
  })

  test('every workflow that is started by name exists', () => {
    expect(Object.keys(workflows)).toContain(exportRunWorkflow)
  })

  test('search attributes exist for tenant, entity, mode and rows', () => {
    expect(searchAttributes).toEqual({
      TenantId: 'Keyword',
      ExportStatus: 'Keyword',
      ExportEntities: 'KeywordList',
      ExportModes: 'KeywordList',
      ExportRows: 'Int',
      RegistrationVersion: 'Int',
      TidemarkRunId: 'Keyword',
    })
  })
})
