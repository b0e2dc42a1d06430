/**
 * The least that answers the same question: Apollo Server on Fastify, one resolver with one Prisma query. No token, no
 * limits, no log. Says on a line at which URL it is.
 */
import { ApolloServer } from '@apollo/server'
import fastifyApollo from '@as-integrations/fastify'
import { fastify } from 'fastify'
import { PrismaPg } from '@prisma/adapter-pg'
import { readEnvironment } from '../../src/config/env.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'

const connectionString = readEnvironment()['DATABASE_OWNER_URL'] ?? ''
const database = new PrismaClient({ adapter: new PrismaPg({ connectionString }, { schema: 'tidemark' }) })
const include = { entities: { orderBy: { entity: 'asc' } } } as const
const apollo = new ApolloServer({
  typeDefs: `
    type Entity { name: String! }
    type RegisteredEntity { entity: Entity! active: Boolean! activatedAt: String! }
    type DataExport {
      tenantId: ID! version: Int! exportOption: String! frequency: String! updatedAt: String!
      entities: [RegisteredEntity!]!
    }
    type Query { dataExport(tenantId: String!): DataExport }`,
  resolvers: {
    Query: {
      dataExport: async (_: unknown, { tenantId }: { tenantId: string }) => {
        const found = await database.registration.findUnique({ where: { tenantId }, include })
        if (!found) return null
        const entities = found.entities.map(({ entity, active, activatedAt }) => ({
          entity: { name: entity },
          active,
          activatedAt: activatedAt.toISOString(),
        }))
        return { ...found, updatedAt: found.updatedAt.toISOString(), entities }
      },
    },
  },
})
const app = fastify()
await apollo.start()
await app.register(fastifyApollo(apollo), { path: '/graphql' })
console.log(JSON.stringify({ url: await app.listen({ host: '127.0.0.1', port: 0 }) }))
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => apollo.stop())
    .then(() => database.$disconnect())
    .then(() => process.exit(0))
})
