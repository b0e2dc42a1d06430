import { topics } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber, type Row } from '../row.js'
import type { Sql } from '../sql.js'

const sentimentConfiguration: Recipe = {
  entity: 'sentiment_check_configuration',
  prefix: 'scc',
  weight: 0.1,
  kind: 'snapshot',
  edited: { name: newText },
  columns: (row) => ({
    created_by_user_code: row.reference('created_by_user_code', 'user'),
    name: row.orHostile('name', row.oneOf('name', topics)),
    question_text: row.text('question_text', 1),
    frequency: row.oneOf('frequency', ['daily', 'weekly', 'monthly']),
    audience: row.json('audience', [{ departments: ['Sales, EMEA'], except: [] }, { everybody: true }]),
    is_enabled: row.chance('is_enabled', 70),
    is_anonymous: row.chance('is_anonymous', 60),
    minimum_group_size: row.between('minimum_group_size', 3, 20),
    starts_on: row.day('starts_on', 0, 30),
    ends_on: row.maybe('ends_on', 40, row.day('ends_on', 31, 400)),
  }),
}

const sentimentResponse: Recipe = {
  entity: 'sentiment_check_response',
  prefix: 'scr',
  weight: 30,
  kind: 'event',
  edited: { comment_text: newText },
  columns: (row) => ({
    sentiment_check_configuration_code: row.reference(
      'sentiment_check_configuration_code',
      'sentiment_check_configuration',
    ),
    user_code: row.maybe('user_code', 40, row.reference('user_code', 'user')),
    score: row.between('score', -2, 2),
    normalized_score: row.rarely(
      'normalized_score',
      29,
      ['-99999999999999999999.999999999999999999', '0.000000000000000001'],
      row.decimal('normalized_score', -3, 3, 12),
    ),
    comment_text: row.maybe('comment_text', 45, row.text('comment_text', 1)),
    channel: row.oneOf('channel', ['web', 'app', 'chat']),
    response_milliseconds: row.rarely(
      'response_milliseconds',
      71,
      ['9223372036854775807'],
      `${row.draw('response_milliseconds')} % 90000`,
    ),
    responded_at: createdAt,
  }),
}

const awarenessQuestion: Recipe = {
  entity: 'awareness_check_question',
  prefix: 'acq',
  weight: 2,
  kind: 'snapshot',
  edited: { question_text: newText },
  columns: (row) => ({
    content_code: row.reference('content_code', 'content'),
    created_by_user_code: row.reference('created_by_user_code', 'user'),
    question_text: row.orHostile('question_text', `'What is true of ' || ${row.oneOf('question_text', topics)} || '?'`),
    explanation: row.maybe('explanation', 70, row.text('explanation', 1)),
    position: row.between('position', 1, 10),
    max_attempts: row.maybe('max_attempts', 60, row.between('max_attempts', 1, 5)),
    is_active: row.chance('is_active', 85),
    valid_until: row.maybe(
      'valid_until',
      50,
      row.rarely('valid_until', 3, [`date '9999-12-31'`], row.day('valid_until', 30, 400)),
    ),
  }),
}

const option = 'awareness_check_option'
const isCorrect = (row: Row, at: Sql): Sql => `(${row.draw('is_correct', at, option)} % 3 = 0)`
const points = (row: Row, at: Sql): Sql => `((${row.draw('points', at, option)} % 2000 - 500)::numeric / 100)`

const awarenessOption: Recipe = {
  entity: option,
  prefix: 'aco',
  weight: 8,
  kind: 'snapshot',
  edited: { option_text: newText },
  columns: (row) => ({
    awareness_check_question_code: row.codeOf(
      'awareness_check_question',
      row.parentOf(rowNumber, 'awareness_check_question'),
    ),
    option_text: row.text('option_text', 1),
    position: row.between('position', 1, 5),
    is_correct: isCorrect(row, rowNumber),
    points: points(row, rowNumber),
    feedback: row.maybe('feedback', 50, row.text('feedback', 1)),
  }),
}

/** The option belongs to the question, and the score is the one of the option. */
const awarenessResponse: Recipe = {
  entity: 'awareness_check_response',
  prefix: 'acr',
  weight: 25,
  kind: 'event',
  edited: { attempt_number: 't.attempt_number + 1' },
  columns: (row) => {
    const chosen = row.referenced('awareness_check_option_code', option)
    return {
      awareness_check_question_code: row.codeOf(
        'awareness_check_question',
        row.parentOf(chosen, 'awareness_check_question'),
      ),
      awareness_check_option_code: row.codeOf(option, chosen),
      user_code: row.reference('user_code', 'user'),
      attempt_number: row.between('attempt_number', 1, 4),
      is_correct: isCorrect(row, chosen),
      points: points(row, chosen),
      seconds_to_answer: row.maybe('seconds_to_answer', 90, `(${row.fraction('seconds_to_answer')} * 300)`),
      answered_at: createdAt,
    }
  },
}

export const checks: readonly Recipe[] = [
  sentimentConfiguration,
  sentimentResponse,
  awarenessQuestion,
  awarenessOption,
  awarenessResponse,
]
