import { readFileSync } from 'node:fs'
import { variables } from '../../src/config/variables.js'
import { code, inCell, madeFrom, table } from './markdown.js'

interface Setting {
  readonly name: string
  /** Text for the variables from this one up to the next comment; empty for those that follow. */
  readonly meaning: string
}

interface Section {
  readonly title: string
  readonly settings: Setting[]
}

export function configurationPage(): string {
  const sections = sectionsOf(readFileSync('.env.example', 'utf8'))
  return `# Configuration

${madeFrom('[src/config/variables.ts](../../src/config/variables.ts) and [.env.example](../../.env.example)')}

Tidemark reads its settings from the environment when it starts. It reports all problems of a configuration together, and does
not start with one. A problem names the variable, and never its value.

- **File**: the value can come from a file. Set \`NAME_FILE\` to the path of the file in place of \`NAME\`. Every secret has this.
- An empty cell in the last column means that the row above describes this variable as well.

${sections.map(sectionText).join('\n\n')}
`
}

function sectionText({ title, settings }: Section): string {
  const names = new Set(settings.map(({ name }) => name))
  const rows = settings
    .filter(({ name }) => !name.endsWith('_FILE') || !names.has(name.slice(0, -'_FILE'.length)))
    .map(({ name, meaning }) => [
      code(name),
      formOf(name),
      defaultOf(name),
      names.has(`${name}_FILE`) ? 'yes' : '',
      inCell(meaning),
    ])
  return `## ${title}\n\n${table(['variable', 'value', 'default', 'file', 'meaning'], rows)}`
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let comment: string[] = []
  for (const line of text.split('\n')) {
    const [, title] = /^# --- (.+?) -+$/.exec(line) ?? []
    const [, name] = /^#?([A-Z][A-Z0-9_]*)=/.exec(line) ?? []
    if (title !== undefined) {
      sections.push({ title, settings: [] })
      comment = []
    } else if (name !== undefined) {
      sections.at(-1)?.settings.push({ name, meaning: comment.join(' ') })
      comment = []
    } else if (line.startsWith('# ')) comment.push(line.slice(2))
  }
  return sections
}

type Name = keyof typeof variables.shape
const isKnown = (name: string): name is Name => name in variables.shape

/** A value that no variable takes which takes less than any text. */
const nonsense = '\u0000'

function formOf(name: string): string {
  if (!isKnown(name)) return 'text'
  const { error } = variables.shape[name].safeParse(nonsense)
  return error ? inCell((error.issues[0]?.message ?? '').replace(/^must be (a |an |of the form )?/, '')) : 'text'
}

function defaultOf(name: string): string {
  if (!isKnown(name)) return ''
  const { success, data } = variables.shape[name].safeParse(undefined)
  if (!success) return '**required**'
  const value = Array.isArray(data) ? data.join(',') : String(data ?? '')
  return value === '' ? '' : code(value)
}
