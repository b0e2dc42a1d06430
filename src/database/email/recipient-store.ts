import type { EmailRecipient } from '../../domain/email/recipient.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { listEmailRecipients } from './recipient-rows.js'

export interface EmailRecipientStore {
  /** In the order in which they were added. */
  list(tenantId: string): Promise<EmailRecipient[]>
  /** The tenant of a token, by the SHA-256 of it. Undefined if there is no such token. */
  tenantOfToken(tokenHash: Uint8Array): Promise<string | undefined>
  /**
   * Uses one of `most` permits of an hour, over all processes and tenants. False if all are used.
   * @param keyHash SHA-256 of what the permits are for
   */
  usePermit(keyHash: Uint8Array, most: number): Promise<boolean>
}

export function createEmailRecipientStore(database: Database): EmailRecipientStore {
  return withTypedErrors({
    list: (tenantId) => database.forTenant(tenantId, (transaction) => listEmailRecipients(transaction, tenantId)),
    tenantOfToken: async (tokenHash) => {
      const hash = Buffer.from(tokenHash).toString('hex')
      return (await database.tenantIds(Prisma.sql`tenant_of_email_token(${hash}::text)`))[0]
    },
    usePermit: (keyHash, most) =>
      database.forOperations(async (transaction) => {
        await transaction.$executeRaw`DELETE FROM email_permit WHERE last_used_at < now() - interval '1 hour'`
        const used = await transaction.$executeRaw`
          INSERT INTO email_permit AS p (key_hash, used_at, last_used_at) VALUES (${keyHash}::bytea, ARRAY[now()], now())
          ON CONFLICT (key_hash) DO UPDATE SET last_used_at = now(),
            used_at = ARRAY(SELECT u FROM unnest(p.used_at) u WHERE u > now() - interval '1 hour') || now()
          WHERE (SELECT count(*) FROM unnest(p.used_at) u WHERE u > now() - interval '1 hour') < ${most}::int`
        return used === 1
      }),
  })
}
