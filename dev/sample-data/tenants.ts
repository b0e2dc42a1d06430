/** A tenant of the sample source. */
export interface SampleTenant {
  readonly tenantId: string
  /** Its share of the requested rows. The shares of all tenants add up to 1. */
  readonly share: number
  /** Fixed numbers of rows by entity, in place of a share. Other entities stay empty. */
  readonly rows?: Readonly<Record<string, number>>
}

/** Tenants of very different sizes, the largest first. */
export const sampleTenants: readonly SampleTenant[] = [
  { tenantId: 'globex', share: 0.7 },
  { tenantId: 'acme', share: 0.22 },
  { tenantId: 'initech', share: 0.08 },
  {
    tenantId: 'hooli',
    share: 0,
    rows: { user: 3, site_category: 1, site: 2, content: 2, user_login_events: 5, interaction: 4 },
  },
]
