import { expect } from 'vitest'
import { type IncidentCode, meaningOf, remedyOf } from '../../../../src/domain/incident.js'
import type { PostedAlert } from '../../../support/alert-receiver.js'
import { attack } from '../../../support/attacks.js'
import { eventually } from '../../../support/eventually.js'
import { noteIncident } from '../../../support/noted-incidents.js'
import { boundSeconds } from './bounds.js'
import type { Scene } from './scene.js'

export interface OutageOptions {
  readonly failure: string
  readonly code: IncidentCode
  /** How long Tidemark takes to notice it, by its settings. */
  readonly noticedSeconds: number
  /** What the message of the alert must name. */
  readonly cause: RegExp
}

/** One failure, from its beginning to the end that operators are notified of. */
export interface Outage {
  /** The alert, within its limit. It names meaning, cause and remedy, and has links that work. */
  alert(): Promise<PostedAlert>
  /** Call it after the fix. Notes the outage for the table at the end. @throws unless there was one incident only */
  resolved(by: { readonly steps: readonly string[]; readonly command: string }): Promise<PostedAlert>
  /** From now on the time until the end counts. */
  fixed(): void
}

/** Begins an outage: what `breakIt` breaks fails from now on. Earlier posts do not count. */
export async function beginOutage(
  scene: Scene,
  { failure, code, noticedSeconds, cause }: OutageOptions,
  breakIt: () => Promise<unknown> | void,
): Promise<Outage> {
  attack({ name: `alert: ${failure}` })
  const { hook } = scene
  await quiet(scene)
  hook.alerts.length = 0
  const began = Date.now()
  await breakIt()
  const limit = boundSeconds(noticedSeconds)
  const times = { alerted: Number.NaN, fixed: Number.NaN }
  const ofKind = (kind: PostedAlert['event']): PostedAlert[] =>
    hook.alerts.filter((alert) => alert.event === kind && alert.code === code)
  return {
    alert: async () => {
      const opened = await eventually(
        `the alert ${code}; posted so far: ${JSON.stringify(hook.alerts.map(({ text }) => text))}`,
        () => ofKind('opened')[0],
        limit * 1000,
      )
      times.alerted = hook.posts.find(({ body }) => body.includes(opened.id))?.at ?? Number.NaN
      expect(opened.message).toMatch(cause)
      await expectHelpful(scene, opened, code)
      return opened
    },
    fixed: () => {
      times.fixed = Date.now()
    },
    resolved: async ({ steps, command }) => {
      const resolved = await eventually(`the end of ${code}`, () => ofKind('resolved')[0], 240_000)
      const resolvedSeconds = (Date.now() - times.fixed) / 1000
      // One cause is one incident: nothing else was posted, and the incident was opened and resolved once.
      expect(hook.alerts.filter(({ event }) => event !== 'updated').map((each) => [each.event, each.code])).toEqual([
        ['opened', code],
        ['resolved', code],
      ])
      expect(new Set(hook.alerts.map(({ incidentId }) => incidentId)).size).toBe(1)
      const alertSeconds = (times.alerted - began) / 1000
      noteIncident({ failure, code, alertSeconds, boundSeconds: limit, resolvedSeconds, steps, command })
      return resolved
    },
  }
}

/** Nothing is wrong, and no post of an earlier outage is to come. */
async function quiet({ world }: Scene): Promise<void> {
  await eventually('the end of what was wrong before', async () => {
    const [left] = await world.own(`
      SELECT (SELECT count(*) FROM tidemark.incident WHERE resolved_at IS NULL)
        + (SELECT count(*) FROM tidemark.notification WHERE sent_at IS NULL AND abandoned_at IS NULL) AS count`)
    return Number(left?.['count']) === 0
  })
}

/** The alert says what to do, and its links lead to the incident and to the page of its code. */
async function expectHelpful({ admin }: Scene, opened: PostedAlert, code: IncidentCode): Promise<void> {
  expect(opened.text).toContain(meaningOf(code))
  expect(opened.text).toContain(`What to do: ${remedyOf(code)}`)
  expect(opened.text).toContain(`tidemark incidents ${opened.incidentId}`)
  expect(opened.links.runbook).toBe(`docs/runbook/${code.toLowerCase().replaceAll('_', '-')}.md`)
  expect(opened.links.query).toContain(opened.incidentId)
  expect(await admin.incidents.find(opened.incidentId)).toMatchObject({ code, remedy: remedyOf(code) })
}
