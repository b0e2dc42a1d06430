import { describe, expect, test } from 'vitest'
import { replaceRegistration, type Registration, targetOf } from '../../../src/domain/registration.js'
import { columnSelectionView, selectionNotices } from '../../../src/services/registrations/column-selection-view.js'
import { listWith } from '../../../src/services/registrations/entity-list-change.js'
import { type RegistrationInput, requestedTarget } from '../../../src/services/registrations/registration-input.js'
import type { UserError } from '../../../src/services/user-error.js'
import { aCatalog, anEntity, change } from '../../support/world/builders.js'

const column = (name: string, tags: readonly string[] = []) =>
  ({ name, type: 'string', description: 'A value.', nullable: true, tags }) as const
const person = anEntity('person', {
  columns: [column('code'), column('email', ['pii']), column('job_title'), column('updated_at', ['pii'])],
})
const logins = anEntity('person logins', { name: 'login_events', columns: [column('code'), column('ip', ['pii'])] })
const catalog = aCatalog(person, logins)
const list = { entityList: 'person, person logins' }

function registered(input: RegistrationInput, before?: Registration): Registration {
  const outcome = requestedTarget(catalog, { ...list, ...input })
  if (!outcome.ok) throw new Error(outcome.userErrors.map(({ message }) => message).join(' '))
  return replaceRegistration(before, targetOf(outcome.value, before), change('2026-11-23T00:00:00Z'))
}

function errorsOf(input: RegistrationInput): readonly UserError[] {
  const outcome = requestedTarget(catalog, { ...list, ...input })
  return outcome.ok ? [] : outcome.userErrors
}

describe('what a call may say of columns', () => {
  test('an entity goes by any of its names, and columns take the order of the catalog', () => {
    const columns = [
      { entity: 'PERSON_LOGINS', exclude: ['ip', 'ip'] },
      { entity: ' Person ', include: ['job_title', 'email'] },
    ]
    expect(registered({ columns, excludeTags: [' PII '] }).columnSelection).toEqual({
      columns: { person: { include: ['email', 'job_title'] }, login_events: { exclude: ['ip'] } },
      excludeTags: ['pii'],
    })
  })

  test('a registration without a selection stays as it was (promise 15)', () => {
    for (const input of [{}, { columns: null, excludeTags: null }, { columns: [], excludeTags: [] }]) {
      expect(registered(input)).not.toHaveProperty('columnSelection')
    }
  })

  test('columns that are left out take their default, and are kept only while the export is disabled', () => {
    const before = registered({ columns: [{ entity: 'person', exclude: ['email'] }], excludeTags: ['pii'] })
    expect(registered({}, before)).not.toHaveProperty('columnSelection')
    const disabled = registered({ exportOption: 'DISABLE_EXPORT' }, before)
    expect(disabled.columnSelection).toEqual(before.columnSelection)
    expect(registered({ exportOption: 'DISABLE_EXPORT', columns: [] }, before).columnSelection).toEqual({
      columns: {},
      excludeTags: ['pii'],
    })
  })

  test('a change of the list alone keeps the columns', () => {
    const before = registered({ entityList: 'person', excludeTags: ['pii'] })
    const outcome = listWith(catalog, before, 'person logins')
    expect(outcome.ok && outcome.value.columnSelection).toEqual(before.columnSelection)
  })
})

describe('what is refused', () => {
  const of = (entity: string, filter: object) => ({ columns: [{ entity, ...filter }] })
  test.each<[string, RegistrationInput, string, readonly string[]]>([
    ['an unknown entity', of('persn', { exclude: ['email'] }), 'UNKNOWN_ENTITIES', ['columns', '0', 'entity']],
    [
      'two entities in one name',
      of('person, person logins', { exclude: ['x'] }),
      'UNKNOWN_ENTITIES',
      ['columns', '0', 'entity'],
    ],
    ['an unknown column', of('person', { exclude: ['e_mail'] }), 'UNKNOWN_COLUMNS', ['columns', '0', 'exclude']],
    [
      'an unknown column to include',
      of('person', { include: ['phone'] }),
      'UNKNOWN_COLUMNS',
      ['columns', '0', 'include'],
    ],
    ['an excluded key', of('person', { exclude: ['code'] }), 'REQUIRED_COLUMNS', ['columns', '0', 'exclude']],
    ['an excluded time', of('person', { exclude: ['updated_at'] }), 'REQUIRED_COLUMNS', ['columns', '0', 'exclude']],
    ['both lists', of('person', { include: ['code'], exclude: ['email'] }), 'INVALID_COLUMNS', ['columns', '0']],
    ['neither list', of('person', {}), 'INVALID_COLUMNS', ['columns', '0']],
    ['an empty list', of('person', { include: [] }), 'INVALID_COLUMNS', ['columns', '0', 'include']],
    ['an unknown tag', { excludeTags: ['personal'] }, 'UNKNOWN_TAGS', ['excludeTags']],
  ])('a call with %s is refused, and the error says where', (_what, input, code, path) => {
    const errors = errorsOf(input)
    expect(errors).toMatchObject([{ code, path: ['input', ...path] }])
    expect(errors[0]?.message).toMatch(/Nothing was changed\.$/)
  })

  test('an entity that is named twice is refused', () => {
    const columns = [
      { entity: 'person', exclude: ['email'] },
      { entity: 'PERSON', include: ['email'] },
    ]
    expect(errorsOf({ columns })).toMatchObject([
      { code: 'INVALID_COLUMNS', path: ['input', 'columns', '1', 'entity'] },
    ])
  })

  test('an unknown column comes with the columns that there are, and the nearest one', () => {
    expect(errorsOf(of('person', { exclude: ['jobtitle'] }))).toMatchObject([
      {
        allowedValues: ['code', 'email', 'job_title', 'updated_at'],
        didYouMean: [{ given: 'jobtitle', suggestion: 'job_title' }],
        message: expect.stringContaining('Did you mean "job_title" for "jobtitle"?') as string,
      },
    ])
  })

  test('many mistakes become a bounded number of errors with a bounded length', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `column ${index} ${'x'.repeat(200)}`)
    const columns = Array.from({ length: 100 }, () => ({ entity: 'person', exclude: names }))
    const errors = errorsOf({ columns })
    expect(errors).toHaveLength(20)
    for (const { message } of errors) expect(message.length).toBeLessThan(3000)
    expect(errorsOf({ columns: Array.from({ length: 1001 }, () => ({ entity: 'person' })) })).toMatchObject([
      { code: 'INVALID_COLUMNS', path: ['input', 'columns'] },
    ])
  })
})

describe('the notices of a selection', () => {
  const notices = (before: RegistrationInput | undefined, after: RegistrationInput) => {
    const current = before && registered(before)
    return selectionNotices(catalog, current, registered(after, current)).map(({ code, entities, message }) => ({
      code,
      entities: entities.map(({ name }) => name),
      message,
    }))
  }
  const withoutEmail = { columns: [{ entity: 'person', exclude: ['email'] }] }

  test('columns that are put back need a full load to have all their values', () => {
    const [notice, ...others] = notices(withoutEmail, {})
    expect(others).toEqual([])
    expect(notice).toMatchObject({ code: 'COLUMNS_ADDED', entities: ['person'] })
    expect(notice?.message).toMatch(/requestFullLoad brings all values\. The columns: person\.email\.$/)
  })

  test('columns that are left out come without a notice, and so does a first registration', () => {
    expect(notices({}, withoutEmail)).toEqual([])
    expect(notices(undefined, withoutEmail)).toEqual([])
    expect(notices(withoutEmail, withoutEmail)).toEqual([])
  })

  test('an entity that becomes active for the first time has no file that lacks columns', () => {
    expect(notices({ ...withoutEmail, entityList: 'person logins' }, { entityList: 'person' })).toEqual([])
  })

  test('columns that stay despite an excluded tag are named', () => {
    expect(notices({}, { excludeTags: ['pii'] })).toMatchObject([
      { code: 'COLUMNS_REQUIRED', message: expect.stringContaining('person.updated_at') as string },
    ])
  })

  test('included columns that a tag leaves out are named', () => {
    const columns = [{ entity: 'person', include: ['email', 'job_title'] }]
    expect(notices({}, { columns, excludeTags: ['pii'] })).toMatchObject([
      { code: 'COLUMNS_REQUIRED' },
      { code: 'COLUMNS_EXCLUDED_BY_TAG', message: expect.stringContaining('person.email') as string },
    ])
  })
})

describe('a selection after a change of the catalog', () => {
  test('names that the catalog no longer has are left out of what a caller can submit again', () => {
    const selection = { columns: { person: { exclude: ['fax', 'email'] }, gone: { exclude: ['x'] } }, excludeTags: [] }
    expect(columnSelectionView(catalog, selection).columns).toEqual([
      { entity: person, include: null, exclude: ['email'] },
    ])
  })

  test('an include list whose columns are all gone does not become all columns', () => {
    const selection = { columns: { person: { include: ['fax'] } }, excludeTags: [] }
    expect(columnSelectionView(catalog, selection).columns).toMatchObject([{ include: ['code', 'updated_at'] }])
  })
})
