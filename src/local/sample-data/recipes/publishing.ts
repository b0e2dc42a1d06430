import { locales, platforms, sentences, topics } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber, type Row } from '../row.js'
import { literal, type Sql } from '../sql.js'

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

const content: Recipe = {
  entity: 'content',
  prefix: 'cnt',
  weight: 20,
  kind: 'snapshot',
  edited: { title: newText },
  columns: (row) => ({
    site_code: row.reference('site_code', 'site'),
    author_user_code: row.reference('author_user_code', 'user'),
    title: row.orHostile('title', `${row.oneOf('title', topics)} || ', part ' || ${row.between('title#part', 1, 9)}`),
    content_type: contentType(row),
    body: `CASE WHEN ${contentType(row)} <> 'album' THEN ${orHuge(row.text('body', 6))} END`,
    language: row.oneOf('language', locales),
    status: row.oneOf('status', ['draft', 'scheduled', 'published', 'published', 'published', 'unpublished']),
    tags: row.json('tags', [['hr', 'benefits'], ['safety', 'a "quoted" tag', 'comma, tag'], ['🎉'], []]),
    word_count: row.between('word_count', 0, 4000),
    published_at: row.maybe('published_at', 80, row.after('published_at', 20 * day)),
    expires_at: row.maybe(
      'expires_at',
      40,
      row.rarely(
        'expires_at',
        5,
        [`timestamptz 'infinity'`, `timestamptz '9999-12-31 23:59:59.999999Z'`],
        `(${createdAt} + ${row.between('expires_at', 30, 900)} * interval '1 day')`,
      ),
    ),
  }),
}

/** About 100 KB in a few rows: one of every 1,499, and the seventh, so that small tenants have one too. */
function orHuge(otherwise: Sql): Sql {
  const paragraph = literal(`<p class="huge">${sentences.join(' ')}</p>\r\n`)
  return `CASE WHEN ${rowNumber} % 1499 = 7 THEN repeat(${paragraph}, 130) ELSE '<p>' || ${otherwise} || '</p>' END`
}

const contentType = (row: Row) => row.oneOf('content_type', ['page', 'page', 'page', 'event', 'blog_post', 'album'])

/** Comments come in threads of four: the first is answered by the others, so that all are on the same content. */
const comment: Recipe = {
  entity: 'comment',
  prefix: 'cmt',
  weight: 40,
  kind: 'snapshot',
  edited: { body: newText },
  columns: (row) => {
    const first = `(${rowNumber} - (${rowNumber} - 1) % 4)`
    return {
      content_code: row.codeOf('content', row.referenced('content_code', 'content', first)),
      author_user_code: row.reference('author_user_code', 'user'),
      parent_comment_code: `CASE WHEN ${rowNumber} <> ${first} THEN ${row.codeOf('comment', first)} END`,
      body: row.text('body', 2),
      like_count: row.between('like_count', 0, 90),
      sentiment_score: row.maybe('sentiment_score', 85, `(2 * ${row.fraction('sentiment_score')} - 1)`),
      is_edited: row.chance('is_edited', 15),
      edited_at: `CASE WHEN ${row.chance('is_edited', 15)} THEN ${row.after('edited_at', 3 * day)} END`,
    }
  },
}

const feed: Recipe = {
  entity: 'feed',
  prefix: 'fed',
  weight: 30,
  kind: 'snapshot',
  edited: { body: newText },
  columns: (row) => ({
    site_code: row.maybe('site_code', 60, row.reference('site_code', 'site')),
    author_user_code: row.reference('author_user_code', 'user'),
    post_type: row.oneOf('post_type', ['status', 'status', 'question', 'link', 'recognition']),
    body: row.text('body', 2),
    link_url: row.maybe('link_url', 30, `'https://news.example/?q=%22a,b%22&id=' || ${rowNumber}`),
    attachments: row.json('attachments', [
      [],
      [{ name: 'plan, final.pdf', mediaType: 'application/pdf', bytes: 20_480 }],
    ]),
    reaction_count: row.between('reaction_count', 0, 300),
    comment_count: row.between('comment_count', 0, 40),
    is_pinned: row.chance('is_pinned', 3),
    posted_at: createdAt,
  }),
}

const file: Recipe = {
  entity: 'file',
  prefix: 'fil',
  weight: 30,
  kind: 'snapshot',
  edited: { name: newText },
  columns: (row) => ({
    site_code: row.reference('site_code', 'site'),
    content_code: row.maybe('content_code', 50, row.reference('content_code', 'content')),
    uploaded_by_user_code: row.reference('uploaded_by_user_code', 'user'),
    name: row.orHostile('name', `${row.oneOf('name', topics)} || ' (' || ${rowNumber} || ').pdf'`),
    media_type: row.oneOf('media_type', ['application/pdf', 'image/png', 'text/csv; header=present', 'video/mp4']),
    // 2^53 + 1, which a JavaScript number can't hold.
    size_bytes: row.rarely('size_bytes', 61, ['9007199254740993', '0'], `${row.draw('size_bytes')} % 5000000000`),
    checksum_sha256: row.maybe('checksum_sha256', 90, `encode(sha256(${rowNumber}::text::bytea), 'hex')`),
    version_number: row.between('version_number', 1, 9),
    is_public: row.chance('is_public', 20),
    download_count: row.between('download_count', 0, 2000),
    uploaded_at: createdAt,
  }),
}

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

export const publishing: readonly Recipe[] = [
  siteCategory,
  site,
  content,
  comment,
  feed,
  file,
  interaction,
  mustReads,
  theme,
  sectionInstance,
]
