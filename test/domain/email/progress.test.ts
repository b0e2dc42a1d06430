import { describe, expect, test } from 'vitest'
import type { EmailContent } from '../../../src/domain/email/content.js'
import type { EmailKind } from '../../../src/domain/email/kinds.js'
import { advance, type EmailProgress } from '../../../src/domain/email/progress.js'
import type { TenantEvent } from '../../../src/domain/event.js'
import { aDelivery, aFailedRun, anEvent } from './events.js'

/** A recipient that looks at the events at the given times, as the worker stores it in between. */
function recipient(...kinds: EmailKind[]) {
  let progress: EmailProgress = {}
  let dueAt: Date | null = null
  return {
    get dueAt() {
      return dueAt?.toISOString() ?? null
    },
    look: (at: string, ...events: TenantEvent[]): readonly EmailContent[] => {
      const next = advance(progress, kinds, events, new Date(at))
      progress = JSON.parse(JSON.stringify(next.progress)) as EmailProgress
      dueAt = next.dueAt
      return next.messages
    },
  }
}

const templates = (messages: readonly EmailContent[]) => messages.map(({ template }) => template)
const day = (n: number, time = '00:10') => `2026-11-${String(n).padStart(2, '0')}T${time}:00.000Z`

describe('problems', () => {
  test('a problem gives one email when it begins, one a day while it lasts, and one when it is over', () => {
    const ana = recipient('PROBLEMS')
    expect(templates(ana.look(day(1), aFailedRun(day(1), 'user')))).toEqual(['PROBLEM'])
    expect(ana.dueAt).toBe(day(2))
    for (let minute = 11; minute < 60; minute++) {
      const at = day(1, `00:${minute}`)
      expect(ana.look(at, aFailedRun(at, 'user'))).toEqual([])
    }
    expect(ana.look(day(2))).toMatchObject([{ template: 'PROBLEM_LASTS', failedRuns: 49, since: day(1) }])
    expect(ana.look(day(2, '00:11'))).toEqual([])
    expect(ana.look(day(3, '00:09'))).toEqual([])
    expect(ana.look(day(3, '00:12'))).toMatchObject([{ template: 'PROBLEM_LASTS', failedRuns: 0 }])
    expect(ana.look(day(4), anEvent('export.recovered', day(4)))).toEqual([
      { template: 'RECOVERED', since: day(1), until: day(4) },
    ])
    expect(ana.dueAt).toBeNull()
    expect(ana.look(day(9))).toEqual([])
  })

  test('overdue files begin a problem, and a run that then fails belongs to it', () => {
    const ana = recipient('PROBLEMS')
    expect(ana.look(day(1), anEvent('export.overdue', day(1)))).toMatchObject([
      { template: 'PROBLEM', isOverdue: true, missing: [] },
    ])
    expect(ana.look(day(1, '05:00'), aFailedRun(day(1, '05:00'), 'user', 'site'))).toEqual([])
    expect(ana.look(day(2))).toMatchObject([
      { isOverdue: true, failedRuns: 1, missing: [{ entity: 'user' }, { entity: 'site' }] },
    ])
  })

  test('a recovery without a problem that the recipient knows of gives no email', () => {
    expect(recipient('PROBLEMS').look(day(1), anEvent('export.recovered', day(1)))).toEqual([])
  })

  test('a problem that begins and ends between two looks is reported from its beginning to its end', () => {
    const messages = recipient('PROBLEMS').look(day(1), aFailedRun(day(1)), anEvent('export.recovered', day(1)))
    expect(templates(messages)).toEqual(['PROBLEM', 'RECOVERED'])
  })

  test.each(['DISABLED', 'PAUSED', 'REMOVED'])(
    'a registration that is %s ends the emails about its problem',
    (action) => {
      const ana = recipient('PROBLEMS')
      ana.look(day(1), aFailedRun(day(1)))
      expect(ana.look(day(1, '02:00'), anEvent('registration.changed', day(1), { action }))).toEqual([])
      expect(ana.look(day(2, '03:00'))).toEqual([])
    },
  )

  test('a registration that is replaced ends no problem', () => {
    const ana = recipient('PROBLEMS')
    ana.look(day(1), aFailedRun(day(1)))
    ana.look(day(1, '02:00'), anEvent('registration.changed', day(1), { action: 'REPLACED' }))
    expect(templates(ana.look(day(2, '03:00')))).toEqual(['PROBLEM_LASTS'])
  })

  test('a redelivery that fails begins no problem, because no recovery follows it', () => {
    const failed = anEvent('export.failed', day(1), { trigger: 'REDELIVERY', entities: [] })
    expect(recipient('PROBLEMS').look(day(1), failed)).toEqual([])
  })

  test('after thirty daily emails only the recovery is reported', () => {
    const ana = recipient('PROBLEMS')
    ana.look('2026-01-01T00:00:00Z', aFailedRun('2026-01-01T00:00:00Z'))
    let emails = 0
    for (let n = 2; n <= 60; n++) emails += ana.look(new Date(Date.UTC(2026, 0, n, 1)).toISOString()).length
    expect([emails, ana.dueAt]).toEqual([30, null])
    expect(templates(ana.look('2026-03-05T00:00:00Z', anEvent('export.recovered', '2026-03-05T00:00:00Z')))).toEqual([
      'RECOVERED',
    ])
  })

  test('a run that failed as a whole is reported with the code of the run', () => {
    expect(recipient('PROBLEMS').look(day(1), aFailedRun(day(1)))).toMatchObject([
      { missing: [{ entity: null, code: 'SFTP_UNAVAILABLE' }] },
    ])
  })
})

describe('changes', () => {
  const fullLoad = (at: string) => anEvent('export.full_load.delivered', at, { entities: [{ entity: 'user' }] })
  const columns = (at: string) => anEvent('export.columns.changed', at, { entities: [{ entity: 'site' }] })

  test('the first change is reported at once, and those of the next hour together', () => {
    const ana = recipient('CHANGES')
    expect(ana.look(day(1), fullLoad(day(1)))).toEqual([
      { template: 'CHANGES', changes: [{ at: day(1), kind: 'FULL_LOAD', entities: ['user'] }], more: 0 },
    ])
    expect(ana.look(day(1, '00:20'), columns(day(1, '00:20')))).toEqual([])
    expect(ana.look(day(1, '00:30'), fullLoad(day(1, '00:30')))).toEqual([])
    expect(ana.dueAt).toBe(day(1, '01:10'))
    expect(ana.look(day(1, '01:10'))).toMatchObject([{ changes: [{ kind: 'COLUMNS' }, { kind: 'FULL_LOAD' }] }])
    expect(ana.dueAt).toBeNull()
  })

  test('an email names at most fifty changes, and the number of the others', () => {
    const many = Array.from({ length: 60 }, () => fullLoad(day(1)))
    const [email] = recipient('CHANGES').look(day(1), ...many)
    expect(email).toMatchObject({ template: 'CHANGES', more: 10 })
    expect(email?.template === 'CHANGES' && email.changes).toHaveLength(50)
  })
})

describe('deliveries', () => {
  test('what was delivered in a day comes in one email at seven o’clock UTC', () => {
    const ana = recipient('DELIVERIES')
    expect(ana.look(day(1), aDelivery(day(1), { user: 10, site: 1 }))).toEqual([])
    expect(ana.look(day(1, '03:00'), aDelivery(day(1, '03:00'), { user: 5 }))).toEqual([])
    expect(ana.dueAt).toBe(day(1, '07:00'))
    const expiring = anEvent('export.files.expiring', day(1), { day: '2026-10-25', removedOn: '2026-11-08' })
    ana.look(day(1, '04:00'), expiring)
    expect(ana.look(day(1, '07:00'))).toEqual([
      {
        ...{ template: 'DELIVERIES', since: day(1), until: day(1, '07:00'), runs: 2 },
        entities: [
          { entity: 'site', files: 1, rows: 1 },
          { entity: 'user', files: 2, rows: 15 },
        ],
        expiring: [{ day: '2026-10-25', removedOn: '2026-11-08' }],
      },
    ])
    expect(ana.dueAt).toBeNull()
    expect(ana.look(day(2, '07:00'))).toEqual([])
  })

  test('a delivery after seven o’clock is in the email of the next day', () => {
    const ana = recipient('DELIVERIES')
    ana.look(day(1, '07:00'), aDelivery(day(1, '07:00'), { user: 1 }))
    expect(ana.dueAt).toBe(day(2, '07:00'))
  })
})

describe('kinds', () => {
  test('a recipient gets only what it has chosen', () => {
    const all = [aFailedRun(day(1)), aDelivery(day(1), { user: 1 }), anEvent('test', day(1))]
    expect(recipient('CHANGES').look(day(1), ...all)).toEqual([])
    expect(recipient('DELIVERIES').look(day(1), ...all)).toEqual([])
    expect(templates(recipient('PROBLEMS', 'CHANGES', 'DELIVERIES').look(day(1), ...all))).toEqual(['PROBLEM'])
  })

  test('the next email of a recipient is due at the earliest time of its kinds', () => {
    const ana = recipient('PROBLEMS', 'DELIVERIES')
    ana.look(day(1), aFailedRun(day(1)), aDelivery(day(1), { user: 1 }))
    expect(ana.dueAt).toBe(day(1, '07:00'))
    expect(templates(ana.look(day(1, '07:00')))).toEqual(['DELIVERIES'])
    expect(ana.dueAt).toBe(day(2))
  })

  test('an event with other fields than this release knows is read as far as possible', () => {
    const odd = [
      anEvent('export.failed', day(1), { entities: 'all' }),
      anEvent('export.files.delivered', day(1), { entities: [null, 1, { rows: 'many' }] }),
      anEvent('export.columns.changed', day(1), {}),
    ]
    expect(templates(recipient('PROBLEMS', 'CHANGES', 'DELIVERIES').look(day(1), ...odd))).toEqual([
      'PROBLEM',
      'CHANGES',
    ])
  })
})
