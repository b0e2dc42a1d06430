import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dynamicConfig } from '../../dev/temporal/server.js'

test('the embedded Temporal server and that of docker-compose.yml have the same dynamic configuration', async () => {
  const deployed = await readFile(new URL('../../deploy/temporal/dynamic-config.yaml', import.meta.url), 'utf8')
  const values = [...deployed.matchAll(/^([\w.]+):\n {2}- value: (\w+)$/gm)].map(([, key, value]) => [key, value])
  expect(Object.fromEntries(values)).toEqual(
    Object.fromEntries(Object.entries(dynamicConfig).map(([key, value]) => [key, String(value)])),
  )
})
