/** The pages of a tenant that need no id, by their paths below `/console/`. */
export const tenantPages = [
  '',
  'settings',
  'settings/history',
  'runs',
  'deliveries',
  'sftp',
  'pgp-keys',
  'email',
  'events',
  'audit',
] as const

/** The pages of an operator. */
export const operatorPages = ['operator', 'operator/incidents'] as const
