import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load.js'
import { suggestEntities } from '../../../src/services/registrations/suggest-entities.js'

const catalog = await loadCatalog(undefined)

const suggestionFor = (given: string): string | undefined => suggestEntities(catalog, [given])[0]?.suggestion

describe('"did you mean"', () => {
  test.each([
    ['a letter too many', 'userr', 'user'],
    ['a letter missing', 'contnt', 'content'],
    ['letters exchanged', 'newsletetr', 'newsletter'],
    ['the singular', 'user login', 'user logins'],
    ['the plural', 'comments', 'comment'],
    ['snake case', 'survey_question_bank', 'survey question bank'],
    ['kebab case', 'site-category', 'site category'],
    ['an internal name that is quite another', 'content_must_read_marked', 'must reads'],
  ])('a similar name is suggested despite %s: %s', (_what, given, suggestion) => {
    expect(suggestionFor(given)).toBe(suggestion)
  })

  test.each(['invoice line', 'xyz', '用户', 'q'.repeat(1000)])('no name is suggested for %s', (given) => {
    expect(suggestionFor(given)).toBeUndefined()
  })

  test('every internal name that is no display name leads to a suggestion', () => {
    const internal = catalog.entities.filter(({ name, displayName }) => name !== displayName)
    const suggested = suggestEntities(
      catalog,
      internal.map(({ name }) => name),
    )
    expect(suggested).toEqual(internal.map(({ name, displayName }) => ({ given: name, suggestion: displayName })))
  })

  test('each suggestion says which name it is for, and names without one are left out', () => {
    expect(suggestEntities(catalog, ['sites', 'nothing like it', 'feeed'])).toEqual([
      { given: 'sites', suggestion: 'site' },
      { given: 'feeed', suggestion: 'feed' },
    ])
  })
})
