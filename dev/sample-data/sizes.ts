import type { Recipe } from './recipe.js'
import type { EntitySize } from './row.js'
import type { SampleTenant } from './tenants.js'

/**
 * The number of rows of each entity for a tenant: its share of `rows`, split by the recipes' weights, at least one each.
 */
export function tenantSizes(
  recipes: readonly Recipe[],
  tenant: SampleTenant,
  rows: number,
): ReadonlyMap<string, EntitySize> {
  const allWeights = recipes.reduce((sum, recipe) => sum + recipe.weight, 0)
  const share = (recipe: Recipe) => Math.max(1, Math.round((rows * tenant.share * recipe.weight) / allWeights))
  const rowsOf = (recipe: Recipe) => (tenant.rows ? (tenant.rows[recipe.entity] ?? 0) : share(recipe))
  return new Map(recipes.map((recipe) => [recipe.entity, { prefix: recipe.prefix, rows: rowsOf(recipe) }]))
}
