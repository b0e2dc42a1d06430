import { locales, sentences, topics } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber, type Row } from '../row.js'
import { literal, type Sql } from '../sql.js'

const day = 86_400

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

/** About 100 KB in one of every 1,499 rows, and in the seventh row, so that small tenants have one too. */
function orHuge(otherwise: Sql): Sql {
  const paragraph = literal(`<p class="huge">${sentences.join(' ')}</p>\r\n`)
  return `CASE WHEN ${rowNumber} % 1499 = 7 THEN repeat(${paragraph}, 130) ELSE '<p>' || ${otherwise} || '</p>' END`
}

const contentType = (row: Row) => row.oneOf('content_type', ['page', 'page', 'page', 'event', 'blog_post', 'album'])

/** Comments form threads of four. The others answer the first, so all are on the same content. */
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

export const publishing: readonly Recipe[] = [content, comment, feed, file]
