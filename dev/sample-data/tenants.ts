/** A tenant of the sample source. */
export interface SampleTenant {
  readonly tenantId: string
  /** Its part of the rows that are asked for; of all tenants' together 1. */
  readonly share: number
  /** Given instead of a share: rows by entity, however many are asked for; the entities not named stay empty. */
  readonly rows?: Readonly<Record<string, number>>
}

/** Tenants of very different size, the biggest first. */
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
