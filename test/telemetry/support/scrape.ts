import { freePort } from '../../../dev/machine/ports.js'
import { eventually } from '../../support/eventually.js'
import { type Program, startProgram } from '../../support/programs/program.js'
import type { World } from '../../support/world/world.js'

/** A worker with it fails each run at once: the server presents another key. */
export const wrongHostKey = { SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}` }

export interface ScrapedProgram extends Program {
  /** What Prometheus reads. */
  scrape(): Promise<string>
  /** The value of one series, as the text format writes it: `name{label="value"}`. */
  value(series: string): Promise<number | undefined>
  /** The URL of the API. */
  url(): string
}

/** A real program of the world with METRICS_ADDRESS, once it takes tasks or answers. */
export async function startScraped(
  name: 'api' | 'worker',
  world: World,
  environment: Readonly<Record<string, string>> = {},
): Promise<ScrapedProgram> {
  const address = `127.0.0.1:${await freePort()}`
  const program = startProgram(name, [], { ...world.environment, PORT: '0', METRICS_ADDRESS: address, ...environment })
  const started = name === 'api' ? 'the API answers' : 'the worker takes tasks'
  await eventually(`the ${name}: ${program.output()}`, () => program.output().includes(started))
  const scrape = async (): Promise<string> => (await fetch(`http://${address}/metrics`)).text()
  return {
    ...program,
    scrape,
    value: async (series) => valueOf(await scrape(), series),
    url: () => /"address":"([^"]+)"/.exec(program.output())?.[1] ?? '',
  }
}

export function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

/** The names of the series that the text format of Prometheus declares, also of those that have no value yet. */
export function seriesNames(text: string): Set<string> {
  return new Set(
    Array.from(text.matchAll(/^# TYPE (\w+) (\w+)$/gm), ([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    ).flat(),
  )
}
