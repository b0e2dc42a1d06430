-- When in the day runs are due, and in which time zone. Existing registrations stay at midnight UTC.
ALTER TABLE "registration"
  ADD COLUMN "time_zone" TEXT NOT NULL DEFAULT 'UTC',
  ADD COLUMN "hour" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "minute" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "registration" ADD CONSTRAINT "registration_time_of_day"
  CHECK ("hour" BETWEEN 0 AND 23 AND "minute" IN (0, 15, 30, 45));

-- The date in the paths of a run's files, pinned when the run is planned. Null in rows of earlier releases: then it is the UTC
-- date of "to".
ALTER TABLE "run" ADD COLUMN "day" DATE;
ALTER TABLE "run_entity" ADD COLUMN "day" DATE;

-- The same function, with the time of the schedule.
DROP FUNCTION "tenant_summaries"(text[], text);
CREATE FUNCTION "tenant_summaries"("catalog_entities" text[], "only_tenant" text) RETURNS TABLE (
    "tenant_id" text, "export_option" text, "frequency" text, "version" integer, "paused_at" timestamptz,
    "scheduled_version" integer, "schedule_error" text, "due_after" timestamptz, "grace_minutes" integer,
    "active_entities" integer, "oldest_watermark" timestamptz, "covered_until" timestamptz,
    "missed" integer, "skipped" integer, "missed_at" timestamptz, "paused_note" text,
    "last_success_at" timestamptz, "failing_since" timestamptz,
    "last_run_id" uuid, "last_run_status" text, "last_run_finished_at" timestamptz, "cause_code" text, "cause_message" text,
    "queued_run_id" uuid, "running_run_id" uuid, "time_zone" text, "hour" integer, "minute" integer)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'tenant_summaries is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  WITH entities AS (
    SELECT tenant_id, count(*)::integer AS active, min(w."to") AS oldest, min(greatest(w."to", e.activated_at)) AS covered
    FROM tidemark.registered_entity e
      FULL JOIN tidemark.watermark w USING (tenant_id, entity)
      JOIN tidemark.registration r USING (tenant_id)
    WHERE entity = ANY ("catalog_entities") AND ("only_tenant" IS NULL OR tenant_id = "only_tenant")
      -- An entity that was added to the catalog after an EXPORT_ALL has no row of its own.
      AND coalesce(e.active, r.export_option = 'EXPORT_ALL')
    GROUP BY tenant_id
  )
  SELECT r.tenant_id, r.export_option::text, r.frequency::text, r.version, r.paused_at,
    r.scheduled_version, r.schedule_error, r.due_after, g.minutes,
    coalesce(e.active, 0), e.oldest, e.covered,
    coalesce(s.missed, 0), coalesce(s.skipped, 0), s.increased_at, s.paused_note,
    success.finished_at, failing.since,
    last.id, last.status::text, last.finished_at, cause.code, cause.message,
    unfinished.queued, unfinished.running, r.time_zone, r.hour, r.minute
  FROM tidemark.registration r
    LEFT JOIN entities e USING (tenant_id)
    LEFT JOIN tidemark.grace g USING (tenant_id)
    LEFT JOIN tidemark.schedule_reading s USING (tenant_id)
    LEFT JOIN LATERAL (
      SELECT id, status, finished_at, error_code, error_message FROM tidemark.run
      WHERE tenant_id = r.tenant_id AND finished_at IS NOT NULL AND trigger <> 'REDELIVERY'
      ORDER BY queued_at DESC, id DESC LIMIT 1) last ON true
    LEFT JOIN LATERAL (
      SELECT queued_at, finished_at FROM tidemark.run
      WHERE tenant_id = r.tenant_id AND status = 'SUCCEEDED' AND trigger <> 'REDELIVERY'
      ORDER BY queued_at DESC, id DESC LIMIT 1) success ON true
    LEFT JOIN LATERAL (
      SELECT min(finished_at) AS since FROM tidemark.run
      WHERE tenant_id = r.tenant_id AND queued_at > coalesce(success.queued_at, '-infinity') AND trigger <> 'REDELIVERY'
        AND status IN ('FAILED', 'PARTIALLY_FAILED')) failing ON true
    LEFT JOIN LATERAL (
      SELECT last.error_code AS code, last.error_message AS message WHERE last.error_code IS NOT NULL
      UNION ALL (
        SELECT error_code, min(error_message) FROM tidemark.run_entity
        WHERE last.error_code IS NULL AND run_id = last.id AND error_code IS NOT NULL
        GROUP BY error_code ORDER BY count(*) DESC, error_code LIMIT 1)
      LIMIT 1) cause ON failing.since IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT (array_agg(id) FILTER (WHERE status = 'QUEUED'))[1] AS queued,
        (array_agg(id) FILTER (WHERE status = 'RUNNING'))[1] AS running
      FROM tidemark.run WHERE tenant_id = r.tenant_id AND finished_at IS NULL) unfinished ON true
  WHERE "only_tenant" IS NULL OR r.tenant_id = "only_tenant"
  ORDER BY r.tenant_id COLLATE "C";
END $$;

REVOKE EXECUTE ON FUNCTION "tenant_summaries"(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenant_summaries"(text[], text) TO "tidemark_service";
