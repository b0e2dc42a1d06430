-- The tables of prisma/source/schema.prisma, as `prisma migrate diff` wrote them.

-- CreateTable
CREATE TABLE "user" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "external_id" TEXT,
    "email" TEXT NOT NULL,
    "first_name" TEXT NOT NULL,
    "last_name" TEXT NOT NULL,
    "job_title" TEXT,
    "department" TEXT,
    "locale" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "manager_user_code" TEXT,
    "profile" JSONB NOT NULL,
    "hired_on" DATE,
    "last_login_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "user_login_events" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "browser" TEXT,
    "ip_address" TEXT,
    "country" TEXT,
    "is_successful" BOOLEAN NOT NULL,
    "failure_reason" TEXT,
    "session_seconds" INTEGER,
    "risk_score" DOUBLE PRECISION NOT NULL,
    "login_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "user_login_events_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "site" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "site_category_code" TEXT,
    "owner_user_code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "visibility" TEXT NOT NULL,
    "is_featured" BOOLEAN NOT NULL,
    "member_count" INTEGER NOT NULL,
    "landing_page_url" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "launched_on" DATE,
    "archived_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "site_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "site_category" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "parent_site_category_code" TEXT,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "sort_order" INTEGER NOT NULL,
    "is_visible" BOOLEAN NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "site_category_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "content" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "site_code" TEXT NOT NULL,
    "author_user_code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "body" TEXT,
    "language" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "tags" JSONB NOT NULL,
    "word_count" INTEGER NOT NULL,
    "published_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "content_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "comment" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "content_code" TEXT NOT NULL,
    "author_user_code" TEXT NOT NULL,
    "parent_comment_code" TEXT,
    "body" TEXT NOT NULL,
    "like_count" INTEGER NOT NULL,
    "sentiment_score" DOUBLE PRECISION,
    "is_edited" BOOLEAN NOT NULL,
    "edited_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "comment_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "feed" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "site_code" TEXT,
    "author_user_code" TEXT NOT NULL,
    "post_type" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "link_url" TEXT,
    "attachments" JSONB NOT NULL,
    "reaction_count" INTEGER NOT NULL,
    "comment_count" INTEGER NOT NULL,
    "is_pinned" BOOLEAN NOT NULL,
    "posted_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "feed_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "file" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "site_code" TEXT NOT NULL,
    "content_code" TEXT,
    "uploaded_by_user_code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "checksum_sha256" TEXT,
    "version_number" INTEGER NOT NULL,
    "is_public" BOOLEAN NOT NULL,
    "download_count" INTEGER NOT NULL,
    "uploaded_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "file_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "interaction" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "content_code" TEXT NOT NULL,
    "site_code" TEXT NOT NULL,
    "interaction_type" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "referrer" TEXT,
    "dwell_seconds" DECIMAL(10,3),
    "is_first" BOOLEAN NOT NULL,
    "context" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "interaction_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "content_must_read_marked" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "content_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "marked_by_user_code" TEXT NOT NULL,
    "audience" TEXT,
    "due_on" DATE,
    "reminder_count" INTEGER NOT NULL,
    "is_confirmed" BOOLEAN NOT NULL,
    "marked_at" TIMESTAMPTZ(6) NOT NULL,
    "read_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "content_must_read_marked_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "theme" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "primary_color" TEXT NOT NULL,
    "secondary_color" TEXT,
    "font_family" TEXT NOT NULL,
    "logo_url" TEXT,
    "contrast_ratio" DECIMAL(4,2) NOT NULL,
    "is_dark" BOOLEAN NOT NULL,
    "is_default" BOOLEAN NOT NULL,
    "tokens" JSONB NOT NULL,
    "applied_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "theme_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "section_instance" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "site_code" TEXT NOT NULL,
    "theme_code" TEXT,
    "title" TEXT,
    "section_type" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "column_span" DECIMAL(5,4) NOT NULL,
    "settings" JSONB NOT NULL,
    "is_visible" BOOLEAN NOT NULL,
    "visible_from" DATE,
    "visible_until" DATE,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "section_instance_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "newsletter" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "newsletter_category_code" TEXT,
    "author_user_code" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "preheader" TEXT,
    "body_html" TEXT,
    "status" TEXT NOT NULL,
    "recipient_count" INTEGER NOT NULL,
    "open_rate" DOUBLE PRECISION,
    "is_recurring" BOOLEAN NOT NULL,
    "scheduled_at" TIMESTAMPTZ(6),
    "sent_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "newsletter_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "newsletter_interaction" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "newsletter_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "interaction_type" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "link_url" TEXT,
    "client" JSONB NOT NULL,
    "is_first" BOOLEAN NOT NULL,
    "seconds_after_send" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "newsletter_interaction_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "newsletter_category" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "color" TEXT,
    "sort_order" INTEGER NOT NULL,
    "is_default" BOOLEAN NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "newsletter_category_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_response" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "survey_instance_code" TEXT NOT NULL,
    "survey_instance_question_code" TEXT NOT NULL,
    "survey_recipient_code" TEXT,
    "survey_question_answer_bank_code" TEXT,
    "answer_text" TEXT,
    "answer_number" DECIMAL(38,18),
    "answer_details" JSONB,
    "is_skipped" BOOLEAN NOT NULL,
    "answered_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_response_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_recipient" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "survey_instance_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "reminder_count" INTEGER NOT NULL,
    "completion_ratio" DECIMAL(5,4) NOT NULL,
    "invited_at" TIMESTAMPTZ(6) NOT NULL,
    "opened_at" TIMESTAMPTZ(6),
    "completed_at" TIMESTAMPTZ(6),
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_recipient_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_instance" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "created_by_user_code" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "survey_type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "is_anonymous" BOOLEAN NOT NULL,
    "target_response_rate" DECIMAL(5,4),
    "settings" JSONB NOT NULL,
    "starts_on" DATE NOT NULL,
    "ends_on" DATE,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_instance_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_instance_question" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "survey_instance_code" TEXT NOT NULL,
    "survey_question_bank_code" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "is_required" BOOLEAN NOT NULL,
    "weight" DECIMAL(8,4) NOT NULL,
    "display_rule" JSONB,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_instance_question_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_question_bank" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "question_text" TEXT NOT NULL,
    "question_type" TEXT NOT NULL,
    "topic" TEXT,
    "scale_min" INTEGER,
    "scale_max" INTEGER,
    "is_active" BOOLEAN NOT NULL,
    "translations" JSONB NOT NULL,
    "reviewed_on" DATE,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_question_bank_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "survey_question_answer_bank" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "survey_question_bank_code" TEXT NOT NULL,
    "answer_text" TEXT NOT NULL,
    "answer_value" DECIMAL(10,2) NOT NULL,
    "position" INTEGER NOT NULL,
    "is_exclusive" BOOLEAN NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "survey_question_answer_bank_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "sentiment_check_configuration" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "created_by_user_code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "question_text" TEXT NOT NULL,
    "frequency" TEXT NOT NULL,
    "audience" JSONB NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "is_anonymous" BOOLEAN NOT NULL,
    "minimum_group_size" INTEGER NOT NULL,
    "starts_on" DATE NOT NULL,
    "ends_on" DATE,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "sentiment_check_configuration_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "sentiment_check_response" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "sentiment_check_configuration_code" TEXT NOT NULL,
    "user_code" TEXT,
    "score" INTEGER NOT NULL,
    "normalized_score" DECIMAL(38,18) NOT NULL,
    "comment_text" TEXT,
    "channel" TEXT NOT NULL,
    "response_milliseconds" BIGINT NOT NULL,
    "responded_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "sentiment_check_response_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "awareness_check_question" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "content_code" TEXT NOT NULL,
    "created_by_user_code" TEXT NOT NULL,
    "question_text" TEXT NOT NULL,
    "explanation" TEXT,
    "position" INTEGER NOT NULL,
    "max_attempts" INTEGER,
    "is_active" BOOLEAN NOT NULL,
    "valid_until" DATE,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "awareness_check_question_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "awareness_check_option" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "awareness_check_question_code" TEXT NOT NULL,
    "option_text" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "is_correct" BOOLEAN NOT NULL,
    "points" DECIMAL(10,2) NOT NULL,
    "feedback" TEXT,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "awareness_check_option_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateTable
CREATE TABLE "awareness_check_response" (
    "code" TEXT NOT NULL,
    "tenant_code" TEXT NOT NULL,
    "awareness_check_question_code" TEXT NOT NULL,
    "awareness_check_option_code" TEXT NOT NULL,
    "user_code" TEXT NOT NULL,
    "attempt_number" INTEGER NOT NULL,
    "is_correct" BOOLEAN NOT NULL,
    "points" DECIMAL(10,2) NOT NULL,
    "seconds_to_answer" DOUBLE PRECISION,
    "answered_at" TIMESTAMPTZ(6) NOT NULL,
    "is_deleted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "change_xid" xid8 NOT NULL,

    CONSTRAINT "awareness_check_response_pkey" PRIMARY KEY ("tenant_code","code")
);

-- CreateIndex
CREATE INDEX "user_tenant_code_updated_at_idx" ON "user"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "user_tenant_code_change_xid_idx" ON "user"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "user_login_events_tenant_code_updated_at_idx" ON "user_login_events"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "user_login_events_tenant_code_change_xid_idx" ON "user_login_events"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "site_tenant_code_updated_at_idx" ON "site"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "site_tenant_code_change_xid_idx" ON "site"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "site_category_tenant_code_updated_at_idx" ON "site_category"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "site_category_tenant_code_change_xid_idx" ON "site_category"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "content_tenant_code_updated_at_idx" ON "content"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "content_tenant_code_change_xid_idx" ON "content"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "comment_tenant_code_updated_at_idx" ON "comment"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "comment_tenant_code_change_xid_idx" ON "comment"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "feed_tenant_code_updated_at_idx" ON "feed"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "feed_tenant_code_change_xid_idx" ON "feed"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "file_tenant_code_updated_at_idx" ON "file"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "file_tenant_code_change_xid_idx" ON "file"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "interaction_tenant_code_updated_at_idx" ON "interaction"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "interaction_tenant_code_change_xid_idx" ON "interaction"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "content_must_read_marked_tenant_code_updated_at_idx" ON "content_must_read_marked"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "content_must_read_marked_tenant_code_change_xid_idx" ON "content_must_read_marked"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "theme_tenant_code_updated_at_idx" ON "theme"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "theme_tenant_code_change_xid_idx" ON "theme"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "section_instance_tenant_code_updated_at_idx" ON "section_instance"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "section_instance_tenant_code_change_xid_idx" ON "section_instance"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "newsletter_tenant_code_updated_at_idx" ON "newsletter"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "newsletter_tenant_code_change_xid_idx" ON "newsletter"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "newsletter_interaction_tenant_code_updated_at_idx" ON "newsletter_interaction"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "newsletter_interaction_tenant_code_change_xid_idx" ON "newsletter_interaction"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "newsletter_category_tenant_code_updated_at_idx" ON "newsletter_category"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "newsletter_category_tenant_code_change_xid_idx" ON "newsletter_category"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_response_tenant_code_updated_at_idx" ON "survey_response"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_response_tenant_code_change_xid_idx" ON "survey_response"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_recipient_tenant_code_updated_at_idx" ON "survey_recipient"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_recipient_tenant_code_change_xid_idx" ON "survey_recipient"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_instance_tenant_code_updated_at_idx" ON "survey_instance"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_instance_tenant_code_change_xid_idx" ON "survey_instance"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_instance_question_tenant_code_updated_at_idx" ON "survey_instance_question"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_instance_question_tenant_code_change_xid_idx" ON "survey_instance_question"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_question_bank_tenant_code_updated_at_idx" ON "survey_question_bank"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_question_bank_tenant_code_change_xid_idx" ON "survey_question_bank"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "survey_question_answer_bank_tenant_code_updated_at_idx" ON "survey_question_answer_bank"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "survey_question_answer_bank_tenant_code_change_xid_idx" ON "survey_question_answer_bank"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "sentiment_check_configuration_tenant_code_updated_at_idx" ON "sentiment_check_configuration"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "sentiment_check_configuration_tenant_code_change_xid_idx" ON "sentiment_check_configuration"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "sentiment_check_response_tenant_code_updated_at_idx" ON "sentiment_check_response"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "sentiment_check_response_tenant_code_change_xid_idx" ON "sentiment_check_response"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "awareness_check_question_tenant_code_updated_at_idx" ON "awareness_check_question"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "awareness_check_question_tenant_code_change_xid_idx" ON "awareness_check_question"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "awareness_check_option_tenant_code_updated_at_idx" ON "awareness_check_option"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "awareness_check_option_tenant_code_change_xid_idx" ON "awareness_check_option"("tenant_code", "change_xid");

-- CreateIndex
CREATE INDEX "awareness_check_response_tenant_code_updated_at_idx" ON "awareness_check_response"("tenant_code", "updated_at");

-- CreateIndex
CREATE INDEX "awareness_check_response_tenant_code_change_xid_idx" ON "awareness_check_response"("tenant_code", "change_xid");

-- From here on by hand: Prisma has no words for triggers and does not mind them.

-- Keeps the two columns by which exports find changes.
--
-- change_xid is always the transaction that writes the row, whatever the statement says.
--
-- updated_at is the time of the write. An INSERT may name an earlier one, so that history can be imported; an UPDATE
-- may not, and nobody may name a later one: an export leaves out what is dated after its end, and a row from the far
-- future would be left out for years. A row inserted with an earlier time is exported all the same, because its
-- change_xid is new.
CREATE FUNCTION "record_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change_xid := pg_current_xact_id();
  IF TG_OP = 'UPDATE' OR NEW.updated_at IS NULL OR NEW.updated_at > clock_timestamp() THEN
    NEW.updated_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;

-- ENABLE ALWAYS: also for rows that logical replication writes, whose change_xid would be another server's otherwise.
DO $$
DECLARE
  source_table regclass;
BEGIN
  FOR source_table IN
    SELECT attrelid
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'change_xid'
  LOOP
    EXECUTE format(
      'CREATE TRIGGER record_change BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION record_change()',
      source_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER record_change', source_table);
  END LOOP;
END
$$;
