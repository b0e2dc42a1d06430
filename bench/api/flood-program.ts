/**
 * One tenant's clients, as many as are said, each with one call after the other until it is stopped. It says on a line what
 * the answers were.
 */
import { Agent, request } from 'node:http'
import { readEnvironment } from '../../src/config/env.js'

const { FLOOD_URL: url = '', FLOOD_TOKEN: token = '', FLOOD_CLIENTS: clients, FLOOD_BODIES: bodies } = readEnvironment()
const documents = JSON.parse(bodies ?? '[]') as string[]
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) })
const statuses: Record<number, number> = {}
let sent = 0
let isOver = false

function send(): Promise<void> {
  const body = documents[sent++ % documents.length] ?? ''
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: 'POST', headers }, (response) => {
      statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1
      response.resume().once('end', resolve)
    })
    asked.once('error', (error) => (isOver ? resolve() : reject(error)))
    asked.end(body)
  })
}

async function client(): Promise<void> {
  while (!isOver) await send()
}

process.once('SIGTERM', () => {
  isOver = true
  console.log(JSON.stringify({ statuses }))
  agent.destroy()
})
console.log(JSON.stringify({ begun: true }))
await Promise.all(Array.from({ length: Number(clients) }, client))
