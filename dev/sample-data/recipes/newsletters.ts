import { topics, userAgents } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber } from '../row.js'

const day = 86_400

const newsletterCategory: Recipe = {
  entity: 'newsletter_category',
  prefix: 'nct',
  weight: 0.1,
  kind: 'snapshot',
  edited: { description: newText },
  columns: (row) => ({
    name: row.oneOf('name', topics),
    description: row.maybe('description', 80, row.text('description', 1)),
    color: row.maybe('color', 70, row.oneOf('color', ['#000000', '#c0ffee', '#ff8800'])),
    sort_order: row.between('sort_order', -5, 20),
    is_default: row.chance('is_default', 20),
  }),
}

const newsletter: Recipe = {
  entity: 'newsletter',
  prefix: 'nws',
  weight: 4,
  kind: 'snapshot',
  edited: { subject: newText },
  columns: (row) => ({
    newsletter_category_code: row.maybe(
      'newsletter_category_code',
      85,
      row.reference('newsletter_category_code', 'newsletter_category'),
    ),
    author_user_code: row.reference('author_user_code', 'user'),
    subject: row.orHostile('subject', row.oneOf('subject', topics)),
    preheader: row.maybe('preheader', 60, row.text('preheader', 1)),
    body_html: row.maybe(
      'body_html',
      90,
      `'<html lang="en"><p>' || ${row.text('body_html', 4)} || E'</p>\\r\\n</html>'`,
    ),
    status: row.oneOf('status', ['draft', 'scheduled', 'sent', 'sent', 'sent', 'cancelled']),
    recipient_count: row.between('recipient_count', 0, 20_000),
    open_rate: row.maybe('open_rate', 70, row.fraction('open_rate')),
    is_recurring: row.chance('is_recurring', 25),
    scheduled_at: row.maybe('scheduled_at', 70, row.after('scheduled_at', 5 * day)),
    sent_at: row.maybe('sent_at', 60, row.after('sent_at', 7 * day)),
  }),
}

const newsletterInteraction: Recipe = {
  entity: 'newsletter_interaction',
  prefix: 'nin',
  weight: 120,
  kind: 'event',
  edited: { link_url: newText },
  columns: (row) => ({
    newsletter_code: row.reference('newsletter_code', 'newsletter'),
    user_code: row.reference('user_code', 'user'),
    interaction_type: row.oneOf('interaction_type', [
      'delivered',
      'delivered',
      'open',
      'click',
      'bounce',
      'unsubscribe',
    ]),
    channel: row.oneOf('channel', ['email', 'email', 'sms', 'chat']),
    link_url: row.maybe(
      'link_url',
      20,
      row.orHostile('link_url', `'https://intranet.example/n/' || ${rowNumber} || '?u=a,b'`),
    ),
    client: row.json('client', [{ name: 'Outlook', os: 'Windows' }, { name: userAgents[1] }]),
    is_first: row.chance('is_first', 70),
    seconds_after_send: row.between('seconds_after_send', -5, 600_000),
    occurred_at: createdAt,
  }),
}

export const newsletters: readonly Recipe[] = [newsletterCategory, newsletter, newsletterInteraction]
