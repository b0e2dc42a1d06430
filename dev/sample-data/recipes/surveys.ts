import { topics } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber } from '../row.js'

const day = 86_400
/** As many digits as the column can store. */
const longNumbers = ['99999999999999999999.999999999999999999', '-0.000000000000000001', '-12345678901234567890.5']

const questionBank: Recipe = {
  entity: 'survey_question_bank',
  prefix: 'sqb',
  weight: 1,
  kind: 'snapshot',
  edited: { question_text: newText },
  columns: (row) => {
    const isScale = row.chance('question_type', 30)
    return {
      question_text: row.orHostile(
        'question_text',
        `'How do you feel about ' || ${row.oneOf('question_text', topics)} || '?'`,
      ),
      question_type: `CASE WHEN ${isScale} THEN 'scale' ELSE ${row.oneOf('question_type', ['single_choice', 'multiple_choice', 'text'])} END`,
      topic: row.maybe('topic', 80, row.oneOf('topic', ['wellbeing', 'workload', 'pay, benefits', 'growth'])),
      scale_min: `CASE WHEN ${isScale} THEN ${row.between('scale_min', -5, 1)} END`,
      scale_max: `CASE WHEN ${isScale} THEN ${row.between('scale_max', 5, 10)} END`,
      is_active: row.chance('is_active', 85),
      translations: row.json('translations', [
        { de: 'Wie geht es Ihnen?', ar: 'كيف حالك؟' },
        { fr: 'Comment ça va ?' },
      ]),
      reviewed_on: row.maybe('reviewed_on', 70, row.day('reviewed_on', 0, 300)),
    }
  },
}

const answerBank: Recipe = {
  entity: 'survey_question_answer_bank',
  prefix: 'sab',
  weight: 4,
  kind: 'snapshot',
  edited: { answer_text: newText },
  columns: (row) => ({
    survey_question_bank_code: row.codeOf('survey_question_bank', row.parentOf(rowNumber, 'survey_question_bank')),
    answer_text: row.orHostile(
      'answer_text',
      row.oneOf('answer_text', ['Yes', 'No', 'Maybe, it depends', "Don't know"]),
    ),
    answer_value: row.decimal('answer_value', -100, 100, 2),
    position: row.between('position', 1, 6),
    is_exclusive: row.chance('is_exclusive', 10),
  }),
}

const surveyInstance: Recipe = {
  entity: 'survey_instance',
  prefix: 'svi',
  weight: 1,
  kind: 'snapshot',
  edited: { title: newText },
  columns: (row) => ({
    created_by_user_code: row.reference('created_by_user_code', 'user'),
    title: row.orHostile('title', row.oneOf('title', topics)),
    description: row.maybe('description', 70, row.text('description', 2)),
    survey_type: row.oneOf('survey_type', ['pulse', 'engagement', 'onboarding', 'exit']),
    status: row.oneOf('status', ['draft', 'open', 'closed', 'closed']),
    is_anonymous: row.chance('is_anonymous', 50),
    target_response_rate: row.maybe('target_response_rate', 70, row.decimal('target_response_rate', 0, 1, 4)),
    settings: row.json('settings', [{ reminders: [3, 7], thanks: 'Thank you, "all"!' }, { languages: ['en', 'he'] }]),
    starts_on: row.day('starts_on', 0, 30),
    ends_on: row.maybe('ends_on', 80, row.rarely('ends_on', 4, [`date '9999-12-31'`], row.day('ends_on', 31, 90))),
  }),
}

const surveyQuestion: Recipe = {
  entity: 'survey_instance_question',
  prefix: 'siq',
  weight: 6,
  kind: 'snapshot',
  edited: { position: 't.position + 1' },
  columns: (row) => ({
    survey_instance_code: row.codeOf('survey_instance', row.parentOf(rowNumber, 'survey_instance')),
    survey_question_bank_code: row.reference('survey_question_bank_code', 'survey_question_bank'),
    position: row.between('position', 1, 30),
    is_required: row.chance('is_required', 60),
    weight: row.decimal('weight', -10, 10, 4),
    // JSON's null is a value and differs from SQL's NULL.
    display_rule: row.maybe(
      'display_rule',
      40,
      row.rarely('display_rule', 3, [`'null'::jsonb`], row.json('display_rule', [{ if: { q: 1, is: 'No' } }])),
    ),
  }),
}

const surveyRecipient: Recipe = {
  entity: 'survey_recipient',
  prefix: 'srp',
  weight: 15,
  kind: 'snapshot',
  edited: { reminder_count: 't.reminder_count + 1' },
  columns: (row) => ({
    survey_instance_code: row.codeOf('survey_instance', row.parentOf(rowNumber, 'survey_instance')),
    user_code: row.reference('user_code', 'user'),
    channel: row.oneOf('channel', ['email', 'sms', 'app']),
    status: row.oneOf('status', ['invited', 'opened', 'completed', 'completed', 'bounced']),
    reminder_count: row.between('reminder_count', 0, 4),
    completion_ratio: row.decimal('completion_ratio', 0, 1, 4),
    invited_at: createdAt,
    opened_at: row.maybe('opened_at', 70, row.after('opened_at', 5 * day)),
    completed_at: row.maybe('completed_at', 50, row.after('completed_at', 9 * day)),
  }),
}

/** An answer has the survey of its question and of its recipient. */
const surveyResponse: Recipe = {
  entity: 'survey_response',
  prefix: 'srs',
  weight: 50,
  kind: 'event',
  edited: { answer_text: newText },
  columns: (row) => {
    const question = row.referenced('survey_instance_question_code', 'survey_instance_question')
    const survey = row.parentOf(question, 'survey_instance')
    const recipient = row.childOf('survey_recipient_code', 'survey_recipient', survey, 'survey_instance')
    const bank = row.referenced(
      'survey_question_bank_code',
      'survey_question_bank',
      question,
      'survey_instance_question',
    )
    const answer = row.childOf('answer', 'survey_question_answer_bank', bank, 'survey_question_bank')
    return {
      survey_instance_code: row.codeOf('survey_instance', survey),
      survey_instance_question_code: row.codeOf('survey_instance_question', question),
      survey_recipient_code: row.maybe('survey_recipient_code', 60, row.codeOf('survey_recipient', recipient)),
      survey_question_answer_bank_code: row.maybe('answer', 70, row.codeOf('survey_question_answer_bank', answer)),
      answer_text: row.maybe('answer_text', 40, row.text('answer_text', 1)),
      answer_number: row.maybe(
        'answer_number',
        50,
        row.rarely('answer_number', 23, longNumbers, row.decimal('answer_number', -5, 10, 6)),
      ),
      answer_details: row.maybe('answer_details', 15, row.json('answer_details', [{ ranking: ['b', 'a', 'c'] }])),
      is_skipped: row.chance('is_skipped', 8),
      answered_at: createdAt,
    }
  },
}

export const surveys: readonly Recipe[] = [
  questionBank,
  answerBank,
  surveyInstance,
  surveyQuestion,
  surveyRecipient,
  surveyResponse,
]
