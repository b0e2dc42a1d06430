import { describe, expect, it } from 'vitest'
import { exportRunWorkflow, scheduleId, searchAttributes } from '../../src/contracts.js'
import * as workflows from '../../workflows/index.js'

describe('names that the outside and Temporal see', () => {
  it('has export-<tenantId> as the id of the schedule', () => {
    expect(scheduleId('acme')).toBe('export-acme')
  })

  it('starts a workflow that exists', () => {
    expect(Object.keys(workflows)).toContain(exportRunWorkflow)
  })

  it('has search attributes for tenant, entity, mode and rows (issue 3, part 4)', () => {
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
