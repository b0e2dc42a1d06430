import { platforms } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt } from '../row.js'

const day = 86_400

const interaction: Recipe = {
  entity: 'interaction',
  prefix: 'int',
  weight: 340,
  kind: 'event',
  edited: { referrer: newText },
  columns: (row) => {
    const contentNumber = row.referenced('content_code', 'content')
    const siteNumber = row.referenced('site_code', 'site', contentNumber, 'content')
    const isView = `(${row.draw('interaction_type')} % 10 < 7)`
    return {
      user_code: row.reference('user_code', 'user'),
      content_code: row.codeOf('content', contentNumber),
      site_code: row.codeOf('site', siteNumber),
      interaction_type: `CASE WHEN ${isView} THEN 'view' ELSE ${row.oneOf('interaction_type#', ['like', 'share', 'favorite', 'bookmark'])} END`,
      platform: row.oneOf('platform', platforms),
      referrer: row.maybe(
        'referrer',
        70,
        row.orHostile(
          'referrer',
          row.oneOf('referrer', ['', 'https://intranet.example/', 'https://intranet.example/search?q=a,b']),
        ),
      ),
      dwell_seconds: `CASE WHEN ${isView} THEN ${row.decimal('dwell_seconds', 0, 900, 3)} END`,
      is_first: row.chance('is_first', 60),
      context: row.json('context', [
        { viewport: [1280, 720], appVersion: '7.2.0' },
        { viewport: null, experiment: 'B' },
      ]),
      occurred_at: createdAt,
    }
  },
}

const mustReads: Recipe = {
  entity: 'content_must_read_marked',
  prefix: 'mrd',
  weight: 40,
  kind: 'event',
  edited: { audience: newText },
  columns: (row) => ({
    content_code: row.reference('content_code', 'content'),
    user_code: row.reference('user_code', 'user'),
    marked_by_user_code: row.reference('marked_by_user_code', 'user'),
    audience: row.maybe(
      'audience',
      70,
      row.orHostile('audience', row.oneOf('audience', ['All staff', 'Night shift', 'Sales, EMEA'])),
    ),
    due_on: row.maybe('due_on', 70, row.day('due_on', 1, 60)),
    reminder_count: row.between('reminder_count', 0, 5),
    is_confirmed: row.chance('is_confirmed', 65),
    marked_at: createdAt,
    read_at: `CASE WHEN ${row.chance('is_confirmed', 65)} THEN ${row.after('read_at', 30 * day)} END`,
  }),
}

export const readership: readonly Recipe[] = [interaction, mustReads]
