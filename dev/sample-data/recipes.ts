import type { Recipe } from './recipe.js'
import { checks } from './recipes/checks.js'
import { newsletters } from './recipes/newsletters.js'
import { people } from './recipes/people.js'
import { publishing } from './recipes/publishing.js'
import { readership } from './recipes/readership.js'
import { sites } from './recipes/sites.js'
import { surveys } from './recipes/surveys.js'

/** One recipe for each entity of the default catalog. */
export const recipes: readonly Recipe[] = [
  ...people,
  ...sites,
  ...publishing,
  ...readership,
  ...newsletters,
  ...surveys,
  ...checks,
]
