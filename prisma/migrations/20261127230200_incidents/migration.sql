-- Incidents: each is one cause of failures, over all tenants, from its opening to its resolution.
CREATE TABLE "incident" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "announced_at" TIMESTAMPTZ(3),
    "notified" JSONB,

    CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "incident_affected" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "incident_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "tenant_id" TEXT,
    "entity" TEXT,
    "run_id" TEXT,
    "workflow_id" TEXT,
    "since" TIMESTAMPTZ(3),
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "is_final" BOOLEAN NOT NULL DEFAULT false,
    "message" TEXT NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "incident_affected_pkey" PRIMARY KEY ("id")
);

-- The outbox of notifications.
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "incident_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "abandoned_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "incident_opened_at_id_idx" ON "incident"("opened_at" DESC, "id" DESC);
CREATE INDEX "incident_affected_tenant_id_incident_id_idx" ON "incident_affected"("tenant_id", "incident_id");
CREATE INDEX "notification_incident_id_created_at_idx" ON "notification"("incident_id", "created_at");

ALTER TABLE "incident_affected" ADD CONSTRAINT "incident_affected_incident_id_fkey"
  FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "notification" ADD CONSTRAINT "notification_incident_id_fkey"
  FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand: what Prisma's schema language can't say.
-- A cause has one open incident. A tenant, or an entity of it, has one row in an incident for each kind.
CREATE UNIQUE INDEX "incident_open_key" ON "incident"("code", "subject") WHERE "resolved_at" IS NULL;
CREATE UNIQUE INDEX "incident_affected_key" ON "incident_affected"
  ("incident_id", "kind", (coalesce("tenant_id", '')), (coalesce("entity", '')));
CREATE INDEX "notification_waiting_idx" ON "notification"("next_attempt_at")
  WHERE "sent_at" IS NULL AND "abandoned_at" IS NULL;
-- For unusually empty files.
CREATE INDEX "delivery_empty_idx" ON "delivery"("published_at")
  WHERE "rows" = 0 AND "mode" = 'DELTA' AND "published_at" IS NOT NULL AND NOT "redelivered";

ALTER TABLE "incident_affected" ADD CONSTRAINT "incident_affected_kind"
  CHECK ("kind" IN ('FAILURE', 'FINDING', 'OBSERVED'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_kind" CHECK ("kind" IN ('opened', 'updated', 'resolved'));

-- Tables of operations: only a transaction that names no tenant reads and writes them.
DO $$
DECLARE
  operations_table text;
BEGIN
  FOREACH operations_table IN ARRAY ARRAY['incident', 'incident_affected', 'notification'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', operations_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', operations_table);
    EXECUTE format(
      'CREATE POLICY "operations" ON %I TO "tidemark_service"
         USING (coalesce(current_setting(''tidemark.tenant'', true), '''') = '''')
         WITH CHECK (coalesce(current_setting(''tidemark.tenant'', true), '''') = '''')', operations_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', operations_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO "tidemark_service"', operations_table);
  END LOOP;
END $$;

-- Which rows of open incidents the ledger has ended. It reads the rows of all tenants, and returns only ids.
CREATE FUNCTION "ended_affected"() RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT a."id"::text
  FROM tidemark."incident_affected" a JOIN tidemark."incident" i ON i."id" = a."incident_id"
  WHERE i."resolved_at" IS NULL AND a."ended_at" IS NULL AND a."kind" <> 'OBSERVED' AND CASE
    WHEN i."code" = 'SCHEDULE_REJECTED' THEN NOT EXISTS (
      SELECT FROM tidemark."registration" r
      WHERE r."tenant_id" = a."tenant_id" AND r."schedule_error" IS NOT NULL)
    WHEN i."code" = 'FILE_UNUSUALLY_EMPTY' THEN
      EXISTS (
        SELECT FROM tidemark."delivery" d
        WHERE d."tenant_id" = a."tenant_id" AND d."entity" = a."entity" AND d."published_at" > a."last_seen_at"
          AND d."rows" > 0 AND d."mode" = 'DELTA' AND NOT d."redelivered")
      OR NOT EXISTS (
        SELECT FROM tidemark."registration" r LEFT JOIN tidemark."registered_entity" e
          ON e."tenant_id" = r."tenant_id" AND e."entity" = a."entity" AND e."active"
        WHERE r."tenant_id" = a."tenant_id" AND (r."export_option" = 'EXPORT_ALL' OR e."entity" IS NOT NULL))
    -- A file of the entity whose export began later: its read would have found it again.
    WHEN a."kind" = 'FINDING' THEN
      EXISTS (
        SELECT FROM tidemark."registration" r
        JOIN tidemark."delivery" d
          ON d."tenant_id" = r."tenant_id" AND d."entity" = a."entity" AND d."published_at" > a."last_seen_at"
        JOIN tidemark."run_entity" e ON e."run_id" = d."run_id" AND e."entity" = d."entity" AND e."to" = d."to"
        WHERE (a."tenant_id" IS NULL OR r."tenant_id" = a."tenant_id") AND e."started_at" > a."last_seen_at")
      OR NOT EXISTS (
        SELECT FROM tidemark."registration" r LEFT JOIN tidemark."registered_entity" e
          ON e."tenant_id" = r."tenant_id" AND e."entity" = a."entity" AND e."active"
        WHERE (a."tenant_id" IS NULL OR r."tenant_id" = a."tenant_id")
          AND (r."export_option" = 'EXPORT_ALL' OR e."entity" IS NOT NULL))
    -- Work without a tenant, such as the removal of old history, has no ledger. It is over when it does not fail again.
    WHEN a."tenant_id" IS NULL THEN
      a."last_seen_at" < now() - CASE WHEN a."is_final" THEN interval '26 hours' ELSE interval '1 hour' END
    -- The run could not be planned, or could not write its manifest.
    WHEN a."entity" IS NULL THEN
      EXISTS (
        SELECT FROM tidemark."run" r
        WHERE r."tenant_id" = a."tenant_id" AND r."started_at" > a."last_seen_at"
          AND r."queued_at" > a."last_seen_at" - interval '2 days')
      OR EXISTS (
        SELECT FROM tidemark."run" r
        WHERE r."tenant_id" = a."tenant_id" AND r."id"::text = a."run_id" AND r."finished_at" IS NOT NULL
          AND r."error_code" IS NULL)
      OR a."last_seen_at" < now() - interval '1 hour' AND NOT EXISTS (
        SELECT FROM tidemark."registration" r WHERE r."tenant_id" = a."tenant_id")
    ELSE
      -- Published in the same run. A redelivery has several windows.
      EXISTS (
        SELECT FROM tidemark."run_entity" e
        WHERE e."tenant_id" = a."tenant_id" AND e."entity" = a."entity" AND e."run_id"::text = a."run_id")
      AND NOT EXISTS (
        SELECT FROM tidemark."run_entity" e
        WHERE e."tenant_id" = a."tenant_id" AND e."entity" = a."entity" AND e."run_id"::text = a."run_id"
          AND e."status" NOT IN ('PUBLISHED', 'SKIPPED'))
      -- Published in another run.
      OR EXISTS (
        SELECT FROM tidemark."delivery" d
        WHERE d."tenant_id" = a."tenant_id" AND d."entity" = a."entity" AND d."published_at" > a."last_seen_at"
          AND d."run_id"::text IS DISTINCT FROM a."run_id")
      -- No longer exported.
      OR NOT EXISTS (
        SELECT FROM tidemark."registration" r LEFT JOIN tidemark."registered_entity" e
          ON e."tenant_id" = r."tenant_id" AND e."entity" = a."entity" AND e."active"
        WHERE r."tenant_id" = a."tenant_id" AND (r."export_option" = 'EXPORT_ALL' OR e."entity" IS NOT NULL))
      AND NOT EXISTS (
        SELECT FROM tidemark."run" r
        WHERE r."tenant_id" = a."tenant_id" AND r."id"::text = a."run_id" AND r."finished_at" IS NULL)
    END;
END $$;

-- The files published since then that are empty although the five deltas before had rows: each as JSON with tenant, entity,
-- start of the window, run and time of publication. Only the last file of an entity counts.
CREATE FUNCTION "unusually_empty_files"("since" timestamptz) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT json_build_object(
    'tenantId', d."tenant_id", 'entity', d."entity", 'since', d."from", 'runId', d."run_id", 'publishedAt', d."published_at")::text
  FROM tidemark."delivery" d
  WHERE d."published_at" >= unusually_empty_files."since" AND d."rows" = 0 AND d."mode" = 'DELTA' AND NOT d."redelivered"
    AND NOT EXISTS (
      SELECT FROM tidemark."delivery" later
      WHERE later."tenant_id" = d."tenant_id" AND later."entity" = d."entity" AND later."published_at" > d."published_at"
        AND NOT later."redelivered")
    AND 5 = (
      SELECT count(*) FROM (
        SELECT before."rows" FROM tidemark."delivery" before
        WHERE before."tenant_id" = d."tenant_id" AND before."entity" = d."entity"
          AND before."published_at" < d."published_at" AND before."mode" = 'DELTA' AND NOT before."redelivered"
        ORDER BY before."published_at" DESC LIMIT 5) last_five
      WHERE last_five."rows" > 0);
END $$;

REVOKE EXECUTE ON FUNCTION "ended_affected"(), "unusually_empty_files"(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "ended_affected"(), "unusually_empty_files"(timestamptz) TO "tidemark_service";
