import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { fileVariables } from '../../src/config/file-variables.js'
import { variables } from '../../src/config/variables.js'
import { least, namesOf, problemsOf } from './support/least.js'

describe('.env.example', () => {
  const read = async () => readFile(join(import.meta.dirname, '../../.env.example'), 'utf8')

  test('.env.example names every variable, and those of docker-compose.yml', async () => {
    const compose = await readFile(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8')
    const ofCompose = new Set([...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name))
    const lines = (await read()).split('\n')
    const named = lines.flatMap((line) => /^#?([A-Z_]+)=/.exec(line)?.[1] ?? [])
    const known = [...Object.keys(variables.shape), ...fileVariables.map((name) => `${name}_FILE`)]
    expect(named.toSorted()).toEqual([...new Set([...known, ...ofCompose])].toSorted())
  })

  test('the configuration of .env.example works once passwords and files exist', async () => {
    const set = (await read()).split('\n').flatMap((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? [])
    const environment = Object.fromEntries(set.flatMap((name, index) => (index % 2 ? [] : [[name, set[index + 1]]])))
    expect(namesOf(problemsOf(environment)).toSorted()).toEqual(['SFTP_HOST_KEY_FINGERPRINT', 'SFTP_PRIVATE_KEY'])
  })

  test('.env.example shows the defaults', async () => {
    const shown = [...(await read()).matchAll(/^#([A-Z_]+)=(.+)$/gm)].map(([, name, value]) => [name, value])
    expect(shown.length).toBeGreaterThan(15)
    expect(loadConfig({ ...least, ...Object.fromEntries(shown) })).toEqual(loadConfig(least))
  })
})
