import { topics } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { rowNumber, type Row } from '../row.js'
import type { Sql } from '../sql.js'

const day = 86_400

const siteCategory: Recipe = {
  entity: 'site_category',
  prefix: 'sct',
  weight: 0.2,
  kind: 'snapshot',
  edited: { description: newText },
  columns: (row) => ({
    parent_site_category_code: row.maybe('parent_site_category_code', 70, row.earlier('parent_site_category_code')),
    name: row.oneOf('name', topics),
    description: row.maybe('description', 80, row.text('description', 1)),
    sort_order: row.between('sort_order', -50, 50),
    is_visible: row.chance('is_visible', 90),
  }),
}

const site: Recipe = {
  entity: 'site',
  prefix: 'sit',
  weight: 3,
  kind: 'snapshot',
  edited: { description: newText },
  columns: (row) => ({
    site_category_code: row.maybe('site_category_code', 80, row.reference('site_category_code', 'site_category')),
    owner_user_code: row.reference('owner_user_code', 'user'),
    name: row.orHostile('name', `${row.oneOf('name', topics)} || ' ' || ${rowNumber}`),
    description: row.maybe('description', 80, row.text('description', 2)),
    visibility: row.oneOf('visibility', ['public', 'private', 'unlisted']),
    is_featured: row.chance('is_featured', 10),
    member_count: row.rarely('member_count', 41, ['2147483647'], row.between('member_count', 0, 5000)),
    landing_page_url: `'https://intranet.example/sites/' || ${rowNumber} || '?a=1&b=%2C#top'`,
    settings: row.json('settings', [
      { feed: true, navigation: ['home', 'news'] },
      { feed: false, quotaGb: 2.5 },
    ]),
    launched_on: row.maybe('launched_on', 80, row.day('launched_on', 0, 60)),
    archived_at: row.maybe('archived_at', 10, row.after('archived_at', 300 * day)),
  }),
}

const color = (row: Row, column: string): Sql => `'#' || lpad(to_hex(${row.draw(column)} % 16777216), 6, '0')`

const theme: Recipe = {
  entity: 'theme',
  prefix: 'thm',
  weight: 0.2,
  kind: 'snapshot',
  edited: { name: newText },
  columns: (row) => ({
    name: row.orHostile('name', row.oneOf('name', topics)),
    primary_color: color(row, 'primary_color'),
    secondary_color: row.maybe('secondary_color', 70, color(row, 'secondary_color')),
    font_family: row.oneOf('font_family', ['"Open Sans", Arial, sans-serif', "'Noto Serif', serif"]),
    logo_url: row.maybe('logo_url', 60, `'https://cdn.example/logo-' || ${rowNumber} || '.svg'`),
    contrast_ratio: row.decimal('contrast_ratio', 1, 21, 2),
    is_dark: row.chance('is_dark', 30),
    is_default: row.chance('is_default', 5),
    tokens: row.json('tokens', [{ 'space.s': 4, 'font.body': '"Open Sans"' }, { radius: 0.5 }]),
    applied_at: row.maybe(
      'applied_at',
      80,
      row.rarely('applied_at', 5, [`timestamptz '0044-03-15 12:00:00Z BC'`], row.after('applied_at', 90 * day)),
    ),
  }),
}

const sectionInstance: Recipe = {
  entity: 'section_instance',
  prefix: 'sec',
  weight: 6,
  kind: 'snapshot',
  edited: { title: newText },
  columns: (row) => ({
    site_code: row.reference('site_code', 'site'),
    theme_code: row.maybe('theme_code', 40, row.reference('theme_code', 'theme')),
    title: row.maybe('title', 80, row.orHostile('title', row.oneOf('title', topics))),
    section_type: row.oneOf('section_type', ['hero', 'news', 'people', 'links', 'html']),
    position: row.between('position', 0, 20),
    column_span: row.decimal('column_span', 0, 1, 4),
    settings: row.json('settings', [{ items: 5, order: 'newest' }, { html: '<a href="/x">x, y</a>' }]),
    is_visible: row.chance('is_visible', 90),
    visible_from: row.maybe(
      'visible_from',
      50,
      row.rarely('visible_from', 11, [`date '0044-03-15 BC'`, `date '0001-01-01'`], row.day('visible_from', 0, 90)),
    ),
    visible_until: row.maybe(
      'visible_until',
      50,
      row.rarely('visible_until', 3, [`date '9999-12-31'`], row.day('visible_until', 90, 400)),
    ),
  }),
}

export const sites: readonly Recipe[] = [siteCategory, site, theme, sectionInstance]
