type Raw = Record<string, unknown>

/** The tenant that an operator acts for. Every link keeps it. */
export interface TenantSearch {
  readonly tenant?: string
}

/** An id that consists of digits arrives as a number. */
export function readTenantSearch({ tenant }: Raw): TenantSearch {
  const id = typeof tenant === 'number' ? String(tenant) : tenant
  return typeof id === 'string' && id !== '' ? { tenant: id } : {}
}

/**
 * Removes every parameter that the page does not accept. The router would otherwise pass it on as it is in the address, with a
 * type that it does not have.
 */
export function only<Search extends object>(read: (search: Raw) => Search): (search: Raw) => Search {
  return (search) => {
    const { tenant: _ofRoot, ...others } = search
    const removed = Object.fromEntries(Object.keys(others).map((name) => [name, undefined]))
    return { ...removed, ...read(others) }
  }
}
