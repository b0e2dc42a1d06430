-- For what an unfinished run waits, and since when an entity fails.
ALTER TABLE "run"
  ADD COLUMN "waiting_code" TEXT,
  ADD COLUMN "waiting_message" TEXT,
  ADD COLUMN "waiting_since" TIMESTAMPTZ(3),
  ADD COLUMN "waiting_attempt" INTEGER;
ALTER TABLE "run_entity" ADD COLUMN "failing_since" TIMESTAMPTZ(3);

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "run" ADD CONSTRAINT "run_waiting_whole"
  CHECK (num_nulls("waiting_code", "waiting_message", "waiting_since", "waiting_attempt") IN (0, 4));

-- Only one run of a tenant is requested at a time. A scheduled run that waits to be planned is on record as queued beside it.
DROP INDEX "run_one_queued_per_tenant";
CREATE UNIQUE INDEX "run_one_requested_per_tenant" ON "run" ("tenant_id")
  WHERE "status" = 'QUEUED' AND "requested_by" IS NOT NULL;

-- Tenants whose last run failed and ended before that time. Runs that write past windows again do not count, and neither do
-- requested runs that Temporal was not there to start.
CREATE FUNCTION "tenants_with_failed_last_run"("finished_before" timestamptz) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT "tenant_id" FROM (
    SELECT DISTINCT ON ("tenant_id") "tenant_id", "status", "finished_at" FROM tidemark."run"
    WHERE "trigger" <> 'REDELIVERY' AND "error_code" IS DISTINCT FROM 'TEMPORAL_UNAVAILABLE'
    ORDER BY "tenant_id", "queued_at" DESC, "id" DESC
  ) AS "last"
  WHERE "status" IN ('FAILED', 'PARTIALLY_FAILED') AND "finished_at" < "finished_before"
    AND coalesce(current_setting('tidemark.tenant', true), '') = ''
  ORDER BY 1
$$;
REVOKE EXECUTE ON FUNCTION "tenants_with_failed_last_run"(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenants_with_failed_last_run"(timestamptz) TO "tidemark_service";
