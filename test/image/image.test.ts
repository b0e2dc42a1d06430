import { beforeAll, describe, expect, test } from 'vitest'
import { canBuildImages, command } from './docker.js'

const canBuild = await canBuildImages()

/** `IMAGE_REHEARSAL=full` also plays the main job through the containers of docker-compose.yml: rehearsal.test.ts. */
describe.runIf(canBuild)('the images', () => {
  beforeAll(async () => {
    await command('bash', ['test/image/bases.sh', 'short'])
    await command('docker', ['build', '--network', 'host', '--tag', 'tidemark', '.'])
    await command('docker', ['build', '--network', 'host', '--tag', 'tidemark-sftp', 'deploy/sftp'])
  })

  const inImage = (...args: string[]) =>
    command('docker', ['run', '--rm', '--read-only', '--network', 'none', '--entrypoint', '', 'tidemark', ...args])

  test('the bill of materials lists exactly what is in the image', async () => {
    const bill = JSON.parse(await inImage('cat', 'sbom.cdx.json')) as {
      bomFormat: string
      specVersion: string
      serialNumber: string
      components: { name: string; version: string; purl: string; hashes: { alg: string; content: string }[] }[]
    }
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
    expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    for (const { purl, hashes } of bill.components) {
      expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/)
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
    }
    const listing = `
      const { readdirSync, existsSync, readFileSync } = require('node:fs')
      const found = []
      for (const path of readdirSync('node_modules', { recursive: true })) {
        if (!/(^|node_modules\\/)(@[^/]+\\/)?[^/@]+\\/package\\.json$/.test(path)) continue
        const { name, version } = JSON.parse(readFileSync('node_modules/' + path))
        if (name && version) found.push(name + '@' + version)
      }
      console.log(JSON.stringify([...new Set(found)].sort()))`
    const found = JSON.parse(await inImage('node', '-e', listing)) as string[]
    expect(found).toEqual(bill.components.map(({ name, version }) => `${name}@${version}`).toSorted())
  })

  test('the image holds nothing that does not run', async () => {
    const paths = (await inImage('find', '/app', '-type', 'f')).split('\n')
    const unwanted =
      /node_modules\/(prisma|mysql2|terser|webpack|@swc|caniuse-lite|typescript|vitest)\/|\.(mysql|sqlite|sqlserver|cockroachdb)\.|\.map$|\.d\.ts$|\/src\/local\//
    expect(paths.filter((path) => unwanted.test(path))).toEqual([])
    expect(paths.length).toBeLessThan(8_000)
  })

  test.each(['api', 'worker'])('%s starts without a network, and says in one line what it lacks', async (name) => {
    const failed = await inImage('node', `dist/src/bin/${name}.js`).catch((error: unknown) => String(error))
    expect(failed).toMatch(/"level":"fatal",.*"problems":\["DATABASE_URL is required/)
  })

  test("the image has each operator's command", async () => {
    expect(await inImage('node', 'dist/src/bin/cli.js', '--help')).toMatch(/erase-tenant .*\n.*authorized-keys/)
  })

  test('the image runs as an ordinary user and has no place to write to', async () => {
    expect(await inImage('id', '-un')).toBe('node')
    await expect(inImage('touch', '/app/x')).rejects.toThrow(/Read-only file system/)
  })
})
