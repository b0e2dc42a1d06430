import { readFileSync } from 'node:fs'
import { variables } from '../../src/config/variables.js'
import { code, inCell, madeFrom, table } from './markdown.js'

const compose = readFileSync('docker-compose.yml', 'utf8')

interface Setting {
  readonly name: string
  readonly meaning: string
}

interface Section {
  readonly title: string
  /** The comment that a blank line follows: it is about all settings of the section. */
  intro: string
  readonly settings: Setting[]
}

export function configurationPage(): string {
  const sections = sectionsOf(readFileSync('.env.example', 'utf8'))
  return `# Configuration

${madeFrom('[src/config/variables.ts](../../src/config/variables.ts) and [.env.example](../../.env.example)')}

Tidemark reads its settings from the environment when it starts. The API and the workers read the same settings, and each of
them refuses to start without a required one. A process reports all problems of its configuration together. A problem names the
variable, and never its value.

- **Default**: an empty cell means that the variable has no default and is optional, except where the last column says more.
- **File**: \`yes\` means that the value can come from a file. Set \`NAME_FILE\` to the path of the file in place of \`NAME\`.
  If both are set, the process refuses to start.

${sections.map(sectionText).join('\n\n')}
`
}

function sectionText({ title, intro, settings }: Section): string {
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
  const above = intro === '' ? '' : `${inCell(intro)}\n\n`
  return `## ${title}\n\n${above}${table(['variable', 'value', 'default', 'file', 'meaning'], rows)}`
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let comment: string[] = []
  for (const line of text.split('\n')) {
    const [, title] = /^# --- (.+?) -+$/.exec(line) ?? []
    const [, name] = /^#?([A-Z][A-Z0-9_]*)=/.exec(line) ?? []
    if (title !== undefined) {
      sections.push({ title, intro: '', settings: [] })
      comment = []
    } else if (line === '') {
      const section = sections.at(-1)
      if (section && comment.length > 0) section.intro = comment.join(' ')
      comment = []
    } else if (name !== undefined) {
      if (comment.length === 0 && !name.endsWith('_FILE')) throw new Error(`.env.example lacks a comment for ${name}.`)
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
  if (!isKnown(name)) return defaultInCompose(name)
  const { success, data } = variables.shape[name].safeParse(undefined)
  if (!success) return '**required**'
  const value = Array.isArray(data) ? data.map(String).join(',') : typeof data === 'object' ? '' : String(data ?? '')
  return value === '' ? '' : code(value)
}

/** `${NAME:?…}` in docker-compose.yml is required, and `${NAME:-value}` has a default. */
function defaultInCompose(name: string): string {
  const [, mark, value = ''] = new RegExp(`\\$\\{${name}:([?-])([^}]*)\\}`).exec(compose) ?? []
  if (mark === '?') return '**required**'
  return value === '' ? '' : code(value)
}
