-- What tells that an export is late: the grace of a tenant, the start of its schedule, what Temporal reports of it, and the
-- processes that are alive.
CREATE TYPE "process_kind" AS ENUM ('API', 'WORKER');

ALTER TABLE "registration" ADD COLUMN "due_after" TIMESTAMPTZ(3);

CREATE TABLE "grace" (
    "tenant_id" TEXT NOT NULL,
    "minutes" INTEGER NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grace_pkey" PRIMARY KEY ("tenant_id")
);

CREATE TABLE "schedule_reading" (
    "tenant_id" TEXT NOT NULL,
    "read_at" TIMESTAMPTZ(3) NOT NULL,
    "missed" INTEGER NOT NULL,
    "skipped" INTEGER NOT NULL,
    "increased_at" TIMESTAMPTZ(3),
    "paused_note" TEXT,

    CONSTRAINT "schedule_reading_pkey" PRIMARY KEY ("tenant_id")
);

CREATE TABLE "process" (
    "id" UUID NOT NULL,
    "kind" "process_kind" NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "task_queue" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "stopped_at" TIMESTAMPTZ(3),
    "clock_skew_ms" INTEGER NOT NULL,
    "issuer_failing_since" TIMESTAMPTZ(3),
    "issuer_problem" TEXT,

    CONSTRAINT "process_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "watch_step" (
    "name" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "holder" UUID NOT NULL,
    "ran_at" TIMESTAMPTZ(3),

    CONSTRAINT "watch_step_pkey" PRIMARY KEY ("name")
);

ALTER TABLE "schedule_reading" ADD CONSTRAINT "schedule_reading_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "registration"("tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "grace" ADD CONSTRAINT "grace_minutes_range" CHECK ("minutes" BETWEEN 1 AND 43200);

DO $$
DECLARE
  new_table text;
  of_tenant CONSTANT text := '"tenant_id" = current_setting(''tidemark.tenant'', true)';
  of_operations CONSTANT text := 'coalesce(current_setting(''tidemark.tenant'', true), '''') = ''''';
  condition text;
BEGIN
  FOREACH new_table IN ARRAY ARRAY['grace', 'schedule_reading', 'process', 'watch_step'] LOOP
    condition := CASE WHEN new_table IN ('process', 'watch_step') THEN of_operations ELSE of_tenant END;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', new_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', new_table);
    EXECUTE format('CREATE POLICY %I ON %I TO "tidemark_service" USING (%s) WITH CHECK (%s)',
      CASE WHEN condition = of_tenant THEN 'own_tenant' ELSE 'operations' END, new_table, condition, condition);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', new_table);
  END LOOP;
END $$;
GRANT SELECT, INSERT, DELETE ON "grace" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE ON "schedule_reading" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE, DELETE ON "process" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE ON "watch_step" TO "tidemark_service";

-- A row for each registered tenant, or for one of them, for the platform's operators. "covered_until": the least of what the
-- active entities need no file for: the end of the last window, or the time of the activation if that is later.
CREATE FUNCTION "tenant_summaries"("catalog_entities" text[], "only_tenant" text) RETURNS TABLE (
    "tenant_id" text, "export_option" text, "frequency" text, "version" integer, "paused_at" timestamptz,
    "scheduled_version" integer, "schedule_error" text, "due_after" timestamptz, "grace_minutes" integer,
    "active_entities" integer, "oldest_watermark" timestamptz, "covered_until" timestamptz,
    "missed" integer, "skipped" integer, "missed_at" timestamptz, "paused_note" text,
    "last_success_at" timestamptz, "failing_since" timestamptz,
    "last_run_id" uuid, "last_run_status" text, "last_run_finished_at" timestamptz, "cause_code" text, "cause_message" text,
    "queued_run_id" uuid, "running_run_id" uuid)
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
    unfinished.queued, unfinished.running
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

-- The migrations of this database that are complete. In plpgsql, because the table does not exist while Prisma compares.
CREATE FUNCTION "applied_migrations"() RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT migration_name::text FROM tidemark."_prisma_migrations"
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL;
END $$;

-- The number of tenants whose files are expected at some time.
CREATE FUNCTION "active_registrations"() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*)::integer FROM tidemark."registration"
  WHERE "export_option" <> 'DISABLE_EXPORT' AND "paused_at" IS NULL AND coalesce(current_setting('tidemark.tenant', true), '') = ''
$$;

REVOKE EXECUTE ON FUNCTION "tenant_summaries"(text[], text), "applied_migrations"(), "active_registrations"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenant_summaries"(text[], text), "applied_migrations"(), "active_registrations"() TO "tidemark_service";
