import { randomBytes, randomUUID } from 'node:crypto'
import type { UnitOfWork } from '../../../src/database/unit-of-work/unit-of-work.js'
import type { NewEvent } from '../../../src/domain/event.js'
import type { SealedSecret, Webhook } from '../../../src/domain/webhook.js'
import { createSecretBox } from '../../../src/secrets/secret-box.js'
import { createWebhooks, type Webhooks } from '../../../src/services/webhooks/webhooks.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { isPublicAddress } from '../../../src/webhooks/public-address.js'
import { newSigningSecret, signedHeaders } from '../../../src/webhooks/signing.js'

/** The product's own use cases over a map. Every endpoint answers the challenge, and nothing is sent afterwards. */
export function fakeWebhooks(): Webhooks {
  const kept = new Map<string, Webhook & { readonly tenantId: string }>()
  const list = async (tenantId: string): Promise<Webhook[]> =>
    [...kept.values()]
      .filter((each) => each.tenantId === tenantId)
      .map(({ tenantId: _tenantId, ...webhook }) => webhook)
  const change = (id: string, changed: (webhook: Webhook) => Partial<Webhook>): void => {
    const before = kept.get(id)
    if (before) kept.set(id, { ...before, ...changed(before) })
  }
  const shown = ({ id, kind, publicKey, createdAt, createdBy }: SealedSecret): Webhook['secrets'] =>
    kind === 'URL' ? [] : [{ id, signature: kind, publicKey, createdAt, createdBy }]
  const unitOf = (tenantId: string) => ({
    webhooks: {
      list: () => list(tenantId),
      find: async (id: string) => (await list(tenantId)).find((each) => each.id === id),
      add: async (webhook: Omit<Webhook, 'secrets'>, secrets: readonly SealedSecret[]) =>
        void kept.set(webhook.id, { ...webhook, tenantId, secrets: secrets.flatMap(shown) }),
      update: async (id: string, { enable, ...changed }: Partial<Webhook> & { enable?: true }) =>
        change(id, () => ({ ...changed, ...(enable && { disabledAt: null, disabledReason: null }) })),
      remove: async (id: string) => void kept.delete(id),
      addSecret: async (id: string, secret: SealedSecret) =>
        change(id, ({ secrets }) => ({ secrets: [...secrets, ...shown(secret)] })),
      removeSecret: async (id: string, secretId: string) =>
        change(id, ({ secrets }) => ({ secrets: secrets.filter((each) => each.id !== secretId) })),
      replay: async () => 3,
    },
    events: {
      keep: async (event: NewEvent) => [{ ...event, id: randomUUID(), tenantId, number: 1, at: new Date() }],
    },
    audit: { keep: async () => undefined },
  })
  return createWebhooks({
    transact: (tenantId, work) => work(unitOf(tenantId) as unknown as UnitOfWork),
    webhooks: {
      list,
      deliveries: async () => [],
      due: async () => [],
      failing: async () => [],
      tenantsWithOtherKey: async () => [],
    },
    secrets: createSecretBox({ current: randomBytes(32) }),
    sender: {
      send: async ({ body }) => {
        const { data } = JSON.parse(body) as { readonly data: { readonly challenge: string } }
        return { statusCode: 200, text: JSON.stringify({ challenge: data.challenge }) }
      },
    },
    ...{ newSigningSecret, signedHeaders, isPublicAddress, allowPrivate: false },
    events: createEvents(createLogger({ level: 'silent' })),
  })
}
