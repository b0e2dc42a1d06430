import { posix } from 'node:path'

/** Makes a client's path absolute, without `.`, `..` and doubled slashes. `..` at the root stays at the root. */
export function normalizePath(path: string): string {
  return posix.resolve('/', path)
}

/** Where a path leads a tenant: to a parent of its exports, into its exports, or nowhere. */
export type TenantPlace =
  | { readonly kind: 'parent'; readonly names: readonly string[] }
  | { readonly kind: 'exports'; readonly path: string }
  | { readonly kind: 'nowhere' }

/**
 * What a tenant sees: `/` holds only `exports`, which holds only the tenant's own folder. Hidden names and everything
 * else do not exist for it.
 * @param path as {@link normalizePath} returns it
 */
export function placeForTenant(path: string, tenantId: string): TenantPlace {
  const [first, second, ...below] = path.split('/').filter((segment) => segment !== '')
  if (first === undefined) return { kind: 'parent', names: ['exports'] }
  if (first !== 'exports') return { kind: 'nowhere' }
  if (second === undefined) return { kind: 'parent', names: [tenantId] }
  if (second !== tenantId || below.some(isHidden)) return { kind: 'nowhere' }
  return { kind: 'exports', path }
}

/** Temporary files of unfinished uploads have hidden names. Tenants don't see them. */
export function isHidden(name: string): boolean {
  return name.startsWith('.')
}

/** Whether an id can be the name of a visible folder. Any other id could lead out of `/exports`. */
export function isFolderName(tenantId: string): boolean {
  return tenantId !== '' && !isHidden(tenantId) && !/[/\0]/.test(tenantId)
}
