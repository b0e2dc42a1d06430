import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../../src/config/env.js'
import { resetStack } from '../../dev/stack/reset.js'
import { startStack } from '../../dev/stack/stack.js'
import { screenshot } from './chromium.js'
import { makeConsolePictures } from './console.js'
import { terminalSvg } from './terminal.js'
import { runPage } from './temporal-ui.js'

const folder = 'docs/pictures'

/** The pictures of the console that README and docs show. */
const ofConsole = {
  'overview-light.png': 'console-overview.png',
  'settings-light.png': 'console-settings.png',
  'tenants-light.png': 'console-operator.png',
}

/** Makes the pictures of docs/pictures anew, from a demo that runs now. */
export async function makePictures(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'tidemark-pictures-'))
  const demoHome = join(home, 'demo')

  try {
    await writeFile(join(folder, 'demo.svg'), terminalSvg('npm run demo', shortened(await outputOfDemo(home))))
    await using stack = await startStack({
      folder: demoHome,
      environment: readEnvironment(),
      sampleRows: 0,
      report: () => undefined,
      signal: new AbortController().signal,
    })
    await screenshot(await runPage(stack), { width: 1300, height: 1090, file: join(folder, 'temporal-ui.png') })
    await makeConsolePictures(join(home, 'console'))
    for (const [from, to] of Object.entries(ofConsole)) await copyFile(join(home, 'console', from), join(folder, to))
  } finally {
    await resetStack(demoHome, () => undefined)
    await rm(home, { recursive: true })
  }
}

async function outputOfDemo(home: string): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'dev/main.ts', 'demo'], {
    env: { ...readEnvironment(), TIDEMARK_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the demo ended with ${code}: ${output}`)
  return output
}

/** Without what depends on the machine, the long lines of the sample file, and what comes after the end. */
function shortened(output: string): string[] {
  const lines = output.split('\n')
  const from = lines.findIndex((line) => /^ *[\d.]+ s {2}Registering/.test(line))
  const to = lines.findIndex((line) => /^ *[\d.]+ s {2}Done/.test(line))
  const sample = lines.findIndex((line) => line.endsWith(' begins:'))
  return lines.slice(from, to + 1).filter((_, at) => at + from < sample - 1 || at + from > sample + 4)
}
