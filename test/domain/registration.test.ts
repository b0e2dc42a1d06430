import { namesOf } from '../../src/domain/described.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import type { Catalog } from '../../src/domain/entity.js'
import {
  activeEntities,
  diffRegistration,
  exportOptions,
  namesInEntityList,
  registeredEntities,
  type Registration,
  type RegistrationTarget,
  replaceRegistration,
  resolveNames,
  withCoveredEntities,
} from '../../src/domain/registration.js'
import {
  aCatalog,
  activity,
  anEntity,
  change,
  disabled,
  everythingOf,
  selected,
  smallCatalog,
} from '../support/world/builders.js'

const monday = '2026-11-23T09:30:00.000Z'
const tuesday = '2026-11-24T10:00:00.000Z'
const wednesday = '2026-11-25T11:00:00.000Z'

const names = (entities: readonly { name: string }[]): string[] => entities.map((entity) => entity.name)

/** The registration that these targets, one after the other, make. */
function registered(...targets: RegistrationTarget[]): Registration {
  const days = [monday, tuesday, wednesday]
  const made = targets.reduce<Registration | undefined>(
    (current, target, index) => replaceRegistration(current, target, change(days[index] ?? wednesday)),
    undefined,
  )
  if (!made) throw new Error('no target')
  return made
}

describe('replacing a registration', () => {
  test('the first replacement makes version 1 of a registration', () => {
    const target = { ...selected('user', 'content'), frequency: 'WEEKLY' as const }
    expect(replaceRegistration(undefined, target, change(monday, 'alice'))).toEqual({
      tenantId: 'acme',
      version: 1,
      exportOption: 'EXPORT_SELECTED',
      frequency: 'WEEKLY',
      schedule: target.schedule,
      fileFormat: defaultFileFormat,
      encryption: null,
      entities: [
        { name: 'user', active: true, activatedAt: new Date(monday), deactivatedAt: null },
        { name: 'content', active: true, activatedAt: new Date(monday), deactivatedAt: null },
      ],
      createdAt: new Date(monday),
      updatedAt: new Date(monday),
      updatedBy: 'alice',
    })
  })

  test('a replacement changes the whole registration, raises the version and keeps the creation time', () => {
    const before = registered(selected('user'))
    const target = { ...everythingOf(smallCatalog), frequency: 'MONTHLY' as const }
    expect(replaceRegistration(before, target, change(tuesday, 'bob'))).toMatchObject({
      version: 2,
      exportOption: 'EXPORT_ALL',
      frequency: 'MONTHLY',
      createdAt: new Date(monday),
      updatedAt: new Date(tuesday),
      updatedBy: 'bob',
    })
  })

  test('an entity that falls out of a registration stays visible as inactive, with the time', () => {
    const after = registered(selected('user', 'content'), selected('content', 'feed'))
    expect(after.entities).toEqual([
      { name: 'user', active: false, activatedAt: new Date(monday), deactivatedAt: new Date(tuesday) },
      { name: 'content', active: true, activatedAt: new Date(monday), deactivatedAt: null },
      { name: 'feed', active: true, activatedAt: new Date(tuesday), deactivatedAt: null },
    ])
  })

  test('DISABLE_EXPORT deactivates all entities and keeps them visible', () => {
    const after = registered(selected('user', 'content'), disabled)
    expect(activity(after)).toEqual({ active: [], inactive: ['user', 'content'] })
    expect(activeEntities(after, aCatalog('user', 'content'))).toEqual([])
  })

  test('a replacement activates an inactive entity again, with the new time', () => {
    const after = registered(selected('user', 'content'), disabled, selected('content'))
    expect(after.entities).toEqual([
      { name: 'user', active: false, activatedAt: new Date(monday), deactivatedAt: new Date(tuesday) },
      { name: 'content', active: true, activatedAt: new Date(wednesday), deactivatedAt: null },
    ])
  })

  test('the times of entities that stay inactive do not change', () => {
    const after = registered(selected('user', 'content'), selected('content'), selected('content', 'feed'))
    expect(after.entities[0]).toMatchObject({ name: 'user', deactivatedAt: new Date(tuesday) })
  })

  test('a replacement does not modify the registration that it replaces', () => {
    const before = registered(selected('user'))
    const copy = structuredClone(before)
    replaceRegistration(before, disabled, change(tuesday))
    expect(before).toEqual(copy)
  })
})

describe('what a replacement changes', () => {
  test('a first registration activates all its entities', () => {
    expect(diffRegistration(undefined, selected('user', 'content'))).toEqual({
      activated: ['user', 'content'],
      deactivated: [],
      unchanged: [],
    })
  })

  test('changes are listed in the order of the target, and deactivated ones in that of the registration', () => {
    const before = registered(selected('site', 'user', 'content', 'feed'))
    expect(diffRegistration(before, selected('theme', 'feed', 'comment', 'user'))).toEqual({
      activated: ['theme', 'comment'],
      deactivated: ['site', 'content'],
      unchanged: ['feed', 'user'],
    })
  })

  test('an inactive entity counts as activated, and is not deactivated twice', () => {
    const before = registered(selected('user', 'content'), selected('content'))
    expect(diffRegistration(before, selected('user'))).toEqual({
      activated: ['user'],
      deactivated: ['content'],
      unchanged: [],
    })
  })
})

describe('any two replacements', () => {
  const universe = ['user', 'content', 'feed', 'site', 'theme', 'file']
  const anyTarget: fc.Arbitrary<RegistrationTarget> = fc.record({
    exportOption: fc.constantFrom(...namesOf(exportOptions)),
    frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const, 'MONTHLY' as const),
    schedule: fc.constantFrom(selected().schedule, { timeZone: 'Asia/Kathmandu', hour: 6, minute: 45 }),
    fileFormat: fc.constant(defaultFileFormat),
    encryption: fc.constantFrom(null, { pgp: { publicKeys: null, sign: false } }),
    entities: fc.uniqueArray(fc.constantFrom(...universe)),
  })

  test('after any two replacements the entities of the second are active, and the rest is deactivated', () => {
    fc.assert(
      fc.property(anyTarget, anyTarget, (first, second) => {
        const before = replaceRegistration(undefined, first, change(monday))
        const diff = diffRegistration(before, second)
        const after = replaceRegistration(before, second, change(tuesday))
        expect(activity(after).active.toSorted()).toEqual(second.entities.toSorted())
        expect([...diff.activated, ...diff.unchanged].toSorted()).toEqual(second.entities.toSorted())
        expect([...diff.unchanged, ...diff.deactivated].toSorted()).toEqual(first.entities.toSorted())
        expect(activity(after).inactive.toSorted()).toEqual(diff.deactivated.toSorted())
        expect(new Set(names(after.entities)).size).toBe(after.entities.length)
      }),
    )
  })

  test('a replacement with the same target changes only version and time', () => {
    fc.assert(
      fc.property(anyTarget, anyTarget, (first, second) => {
        const once = replaceRegistration(replaceRegistration(undefined, first, change(monday)), second, change(monday))
        const twice = replaceRegistration(once, second, change(tuesday))
        expect(diffRegistration(once, second)).toMatchObject({ activated: [], deactivated: [] })
        expect(twice).toEqual({ ...once, version: 3, updatedAt: new Date(tuesday) })
      }),
    )
  })
})

describe('EXPORT_ALL and a catalog that changes', () => {
  const before = aCatalog('user', 'content')
  const grown = aCatalog('user', 'comment', 'content')
  const shrunk = aCatalog('user')
  const all = registered(everythingOf(before))
  const shown = (registration: Registration, catalog: Catalog): string[] =>
    registeredEntities(registration, catalog).map(({ name, active }) => `${name} ${active ? 'active' : 'inactive'}`)

  test('EXPORT_ALL covers an entity that is new in the catalog, since the call', () => {
    expect(names(activeEntities(all, grown))).toEqual(['user', 'comment', 'content'])
    expect(registeredEntities(all, grown)[1]).toEqual({
      name: 'comment',
      active: true,
      activatedAt: new Date(monday),
      deactivatedAt: null,
    })
  })

  test('EXPORT_ALL neither exports nor shows an entity that left the catalog', () => {
    expect(names(activeEntities(all, shrunk))).toEqual(['user'])
    expect(shown(all, shrunk)).toEqual(['user active'])
  })

  test('an entity that EXPORT_ALL covered without a call stays visible as inactive once it is disabled', () => {
    const covering = withCoveredEntities(all, grown)
    expect(diffRegistration(covering, disabled).deactivated).toEqual(['user', 'comment', 'content'])
    const after = replaceRegistration(covering, disabled, change(tuesday))
    expect(shown(after, grown)).toEqual(['user inactive', 'comment inactive', 'content inactive'])
  })

  test('an entity that EXPORT_ALL covered without a call counts as unchanged if it continues', () => {
    expect(diffRegistration(withCoveredEntities(all, grown), selected('comment'))).toEqual({
      activated: [],
      deactivated: ['user', 'content'],
      unchanged: ['comment'],
    })
  })

  test('EXPORT_ALL covers an entity that left the catalog and returned, even if a call made it inactive', () => {
    const between = registered(everythingOf(before), everythingOf(shrunk))
    expect(activity(between)).toEqual({ active: ['user'], inactive: ['content'] })
    expect(names(activeEntities(between, before))).toEqual(['user', 'content'])
    expect(shown(between, before)).toEqual(['user active', 'content active'])
  })

  test('EXPORT_ALL loses no entity that the registration has', () => {
    expect(names(withCoveredEntities(all, shrunk).entities).toSorted()).toEqual(['content', 'user'])
  })

  test('only EXPORT_ALL covers entities that are new in the catalog', () => {
    const chosen = registered(selected('user'))
    expect(names(activeEntities(chosen, grown))).toEqual(['user'])
    expect(shown(chosen, grown)).toEqual(['user active'])
    expect(withCoveredEntities(chosen, grown)).toBe(chosen)
  })
})

describe('EXPORT_SELECTED and a catalog that changes', () => {
  test('EXPORT_SELECTED exports and shows the remaining entities, in the order of the catalog', () => {
    const chosen = registered(selected('content', 'gone', 'user'))
    expect(names(activeEntities(chosen, aCatalog('user', 'content', 'feed')))).toEqual(['user', 'content'])
    expect(names(registeredEntities(chosen, aCatalog('user', 'content', 'feed')))).toEqual(['user', 'content'])
  })
})

describe('the names in an entity list', () => {
  test.each<[string, string | string[], string[]]>([
    ['a list', ['user', 'content'], ['user', 'content']],
    ['a comma-separated string', 'user,content,user logins', ['user', 'content', 'user logins']],
    ['a list of comma-separated strings', ['user, content', 'feed'], ['user', 'content', 'feed']],
    ['another case', ['User', 'USER LOGINS'], ['user', 'user logins']],
    ['blanks around and within', '  user ,\tuser \n  logins  ', ['user', 'user logins']],
    ['blanks of Unicode', 'user\u00a0logins,\u3000site\u2003category\ufeff', ['user logins', 'site category']],
    ['duplicates, also in another spelling', 'user,USER, user ,content,user', ['user', 'content']],
    ['empty items', ',user,, ,content,', ['user', 'content']],
    ['nothing', [], []],
    ['nothing but commas and blanks', [' , ', ''], []],
  ])('an entity list accepts %s', (_what, given, expected) => {
    expect(namesInEntityList(given)).toEqual(expected)
  })

  test('names mean the same in a list and in a string', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,6}( [a-z]{1,6})?$/)
    fc.assert(
      fc.property(fc.array(word), (list) => {
        expect(namesInEntityList(list.join(' , '))).toEqual(namesInEntityList(list))
      }),
    )
  })
})

describe('names', () => {
  test('names give their entities in the given order', () => {
    const { entities, unknown } = resolveNames(smallCatalog, ['must reads', 'user logins', 'user'])
    expect(names(entities)).toEqual(['content_must_read_marked', 'user_login_events', 'user'])
    expect(unknown).toEqual([])
  })

  test('all names that match no entity are returned', () => {
    const { entities, unknown } = resolveNames(smallCatalog, ['nope', 'user', 'neither'])
    expect(names(entities)).toEqual(['user'])
    expect(unknown).toEqual(['nope', 'neither'])
  })

  test('an entity is named once, whether by display name, internal name or GraphQL name', () => {
    const { entities } = resolveNames(smallCatalog, ['user_login_events', 'user logins', 'user_logins'])
    expect(names(entities)).toEqual(['user_login_events'])
  })

  test('a name that matches two entities means the one with that display name', () => {
    const catalog = aCatalog(anEntity('logins', { name: 'user' }), anEntity('user', { name: 'person' }))
    expect(names(resolveNames(catalog, ['user']).entities)).toEqual(['person'])
  })

  test('names are found even if the catalog spells them differently', () => {
    const catalog = aCatalog(anEntity('User  Logins', { name: 'user_login_events' }))
    expect(names(resolveNames(catalog, ['user logins']).entities)).toEqual(['user_login_events'])
  })
})
