-- When and by which transaction each row was inserted, for the column change_type of files. NULL for rows that are older.

ALTER TABLE "user" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "user_login_events" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "site" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "site_category" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "content" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "comment" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "feed" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "file" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "interaction" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "content_must_read_marked" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "theme" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "section_instance" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "newsletter" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "newsletter_interaction" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "newsletter_category" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_response" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_recipient" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_instance" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_instance_question" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_question_bank" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "survey_question_answer_bank" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "sentiment_check_configuration" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "sentiment_check_response" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "awareness_check_question" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "awareness_check_option" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);
ALTER TABLE "awareness_check_response" ADD COLUMN "insert_xid" xid8, ADD COLUMN "inserted_at" TIMESTAMPTZ(6);


-- From here on by hand, as in the migration before.

-- insert_xid and inserted_at are change_xid and updated_at of the INSERT. No statement can change them.
CREATE OR REPLACE FUNCTION "record_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change_xid := pg_current_xact_id();
  IF TG_OP = 'UPDATE' OR NEW.updated_at IS NULL OR NEW.updated_at > clock_timestamp() THEN
    NEW.updated_at := clock_timestamp();
  END IF;
  IF TG_OP = 'UPDATE' THEN
    NEW.insert_xid := OLD.insert_xid;
    NEW.inserted_at := OLD.inserted_at;
  ELSE
    NEW.insert_xid := NEW.change_xid;
    NEW.inserted_at := NEW.updated_at;
  END IF;
  RETURN NEW;
END
$$;
