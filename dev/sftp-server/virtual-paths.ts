import { posix } from 'node:path'

/** A path as a client means it: absolute, without `.`, `..` and doubled slashes. `..` at the root stays at the root. */
export function normalizePath(path: string): string {
  return posix.resolve('/', path)
}

/** Where a path leads a tenant: to a folder that only shows the way, into its exports, or nowhere. */
export type TenantPlace =
  | { readonly kind: 'wayThere'; readonly names: readonly string[] }
  | { readonly kind: 'exports'; readonly path: string }
  | { readonly kind: 'nowhere' }

/**
 * A tenant's world: `/` holds only `exports`, which holds only the tenant's own folder, of which it sees what is not
 * hidden. Everything else does not exist.
 * @param path as {@link normalizePath} returns it
 */
export function placeForTenant(path: string, tenantId: string): TenantPlace {
  const [first, second, ...below] = path.split('/').filter((segment) => segment !== '')
  if (first === undefined) return { kind: 'wayThere', names: ['exports'] }
  if (first !== 'exports') return { kind: 'nowhere' }
  if (second === undefined) return { kind: 'wayThere', names: [tenantId] }
  if (second !== tenantId || below.some(isHidden)) return { kind: 'nowhere' }
  return { kind: 'exports', path }
}

/** Uploads that are under way have hidden names; tenants don't see them. */
export function isHidden(name: string): boolean {
  return name.startsWith('.')
}

/** Whether an id can be the name of a visible folder; any other would lead out of `/exports`. */
export function isFolderName(tenantId: string): boolean {
  return tenantId !== '' && !isHidden(tenantId) && !/[/\0]/.test(tenantId)
}
