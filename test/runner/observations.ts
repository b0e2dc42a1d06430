import { relative } from 'node:path'
import type { TaskMeta } from 'vitest'
import type { TestCase, TestModule } from 'vitest/node'

/** `fell` outweighs `not run`, which outweighs `held`. */
const outcomes = ['held', 'not run', 'fell'] as const
export type Outcome = (typeof outcomes)[number]

export function worse(a: Outcome, b: Outcome): Outcome {
  return outcomes.indexOf(a) > outcomes.indexOf(b) ? a : b
}

/** One thing that a test noted, and how the test went. */
export interface Observation<Noted> {
  /** Undefined where nothing was noted: the test came to grief before, or its file did. */
  readonly noted: Noted | undefined
  /** Of the test, or the path of the file. */
  readonly name: string
  readonly outcome: Outcome
  /** The test's, shared evenly by what it noted. */
  readonly seconds: number
}

/**
 * What the tests noted; of the tests of a project, whose subject it is, also what failed before it could note anything.
 * @param notesOf finds in a test's meta what it noted
 */
export function observations<Noted>(
  modules: readonly TestModule[],
  project: string,
  notesOf: NotesOf<Noted>,
): Observation<Noted>[] {
  return modules.flatMap((module) => {
    const observed = ofModule(module, notesOf)
    return module.project.name === project ? observed : observed.filter(({ noted }) => noted !== undefined)
  })
}

type NotesOf<Noted> = (meta: TaskMeta) => readonly Noted[] | undefined

function ofModule<Noted>(module: TestModule, notesOf: NotesOf<Noted>): Observation<Noted>[] {
  const observed = [...module.children.allTests()].flatMap((test) => ofTest(test, notesOf))
  // A file that does not load, or a hook around its tests, has failed without any of its tests having run.
  if (module.errors().length === 0) return observed
  const name = relative(module.project.config.root, module.moduleId)
  return [...observed, { noted: undefined, name, outcome: 'fell', seconds: 0 }]
}

function ofTest<Noted>(test: TestCase, notesOf: NotesOf<Noted>): Observation<Noted>[] {
  const { state } = test.result()
  const outcome = state === 'passed' ? 'held' : state === 'failed' ? 'fell' : 'not run'
  const name = test.fullName
  const notes = notesOf(test.meta()) ?? []
  if (notes.length === 0) {
    const isNews = outcome === 'fell' || (outcome === 'not run' && !wasChosenByName(test))
    return isNews ? [{ noted: undefined, name, outcome, seconds: 0 }] : []
  }
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000 / notes.length
  return notes.map((noted) => ({ noted, name, outcome, seconds }))
}

/** `-t …` leaves out whatever has another name. */
function wasChosenByName(test: TestCase): boolean {
  return test.project.globalConfig.testNamePattern !== undefined
}
