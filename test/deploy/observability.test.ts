import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { incidentPage } from './support/observability.js'
import { dashboard, rules } from './support/observability.js'
import { commandAvailable } from '../support/programs/command-available.js'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'deploy/observability')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

const hasPromtool = await commandAvailable('promtool', 'the rules of Prometheus against its own tool')
describe.runIf(hasPromtool)('promtool', () => {
  test('promtool accepts the rules and the configuration, and the rules fire as their tests say', async () => {
    const run = promisify(execFile)
    await run('promtool', ['check', 'rules', 'alerts.yml'], { cwd: folder })
    await run('promtool', ['check', 'config', 'prometheus.yml'], { cwd: folder })
    const { stdout } = await run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: folder })
    expect(stdout).toContain('SUCCESS')
  })
})

const hasAmtool = await commandAvailable('amtool', 'the configuration of Alertmanager against its own tool')
describe.runIf(hasAmtool)('amtool', () => {
  test('amtool accepts the configuration of Alertmanager', async () => {
    const { stdout } = await promisify(execFile)('amtool', ['check-config', join(folder, 'alertmanager.yml')])
    expect(stdout).toContain('SUCCESS')
  })
})

test('each rule has a severity, a sentence, a page that exists, and a test in which it fires', () => {
  const tested = parse(read('alerts.test.yml')) as RuleTests
  const checks = tested.tests.flatMap((each) => each.alert_rule_test)
  for (const { alert, labels, annotations } of rules()) {
    expect(labels.severity).toMatch(/^(critical|warning)$/)
    expect(annotations.summary).toMatch(/\.$/)
    const fired = checks.filter(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0)
    expect({ alert, fired: fired.length }).not.toMatchObject({ fired: 0 })
    for (const { exp_alerts } of fired) {
      for (const { exp_annotations } of exp_alerts) expect(missingPage(exp_annotations.runbook_url)).toBeUndefined()
    }
  }
})

test('the page of the rules has a section for each rule and for nothing else', () => {
  const sections = readFileSync(join(root, 'docs/how-to/rules.md'), 'utf8').matchAll(/^## (Tidemark\w+)$/gm)
  const withPage = rules().filter(({ annotations }) => annotations.runbook_url !== incidentPage)
  expect(Array.from(sections, ([, name]) => name).toSorted()).toEqual(withPage.map(({ alert }) => alert).toSorted())
})

test('the dashboard says what each panel shows, reads one provisioned source, and overlaps nowhere', () => {
  const sources = parse(read('grafana/provisioning/datasources/prometheus.yml')) as Sources
  const panels = dashboard().panels.filter(({ type }) => type !== 'row')
  expect(panels.length).toBeGreaterThan(20)
  for (const { title, description, datasource, targets } of panels) {
    expect({ title, description }).toMatchObject({ description: expect.stringMatching(/\.$/) })
    expect(datasource?.uid).toBe(sources.datasources[0]?.uid)
    expect(targets?.length).toBeGreaterThan(0)
  }
  const cells = dashboard().panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

test('docker-compose.yml mounts every file that its observability profile names', () => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
  for (const [, path = ''] of compose.matchAll(/'?\.\/(deploy\/observability[\w/]*):/g)) {
    expect(existsSync(join(root, path))).toBe(true)
  }
  expect(readdirSync(join(folder, 'grafana/dashboards'))).toEqual(['tidemark.json'])
})

/** What a link lacks: its file or its heading; undefined if both exist. */
function missingPage(link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  if (!existsSync(join(root, path))) return path
  if (anchor === undefined) return undefined
  const headings = readFileSync(join(root, path), 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...headings].some(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-') === anchor)
    ? undefined
    : link
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string
      readonly exp_alerts: readonly { readonly exp_annotations: { readonly runbook_url: string } }[]
    }[]
  }[]
}

interface Sources {
  readonly datasources: readonly { readonly uid: string }[]
}
