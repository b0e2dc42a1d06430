-- A run that exports again what failed in an earlier run. Existing rows keep their trigger.
ALTER TYPE "run_trigger" ADD VALUE 'RETRY';

-- What a requested run exports, if not every active entity: src/domain/run.ts. A retry needs it for a run that ended before it
-- was planned. Null in earlier runs, in scheduled runs, and for every active entity.
ALTER TABLE "run" ADD COLUMN "scope" JSONB;

-- The registered tenants whose last run failed and ended in [since, before), with the code in the run or in one of its entities.
-- A redelivery says nothing about the export, and a requested run that Temporal was not there to start never was one: neither
-- counts. Null means any time, any code, and any number.
CREATE FUNCTION "tenants_with_failed_runs"("since" timestamptz, "before" timestamptz, "code" text, "after" text, "at_most" integer)
  RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT g."tenant_id" FROM tidemark."registration" g CROSS JOIN LATERAL (
    SELECT r."id", r."status", r."finished_at", r."error_code" FROM tidemark."run" r
    WHERE r."tenant_id" = g."tenant_id" AND r."trigger" <> 'REDELIVERY'
      AND (r."requested_by" IS NULL OR r."started_at" IS NOT NULL OR r."error_code" IS DISTINCT FROM 'TEMPORAL_UNAVAILABLE')
    ORDER BY r."queued_at" DESC, r."id" DESC LIMIT 1) AS last
  WHERE g."tenant_id" > "after" AND last."status" IN ('FAILED', 'PARTIALLY_FAILED')
    AND ("since" IS NULL OR last."finished_at" >= "since")
    AND ("before" IS NULL OR last."finished_at" < "before")
    AND ("code" IS NULL OR last."error_code" = "code" OR EXISTS (
      SELECT FROM tidemark."run_entity" e WHERE e."run_id" = last."id" AND e."status" = 'FAILED' AND e."error_code" = "code"))
  ORDER BY 1 LIMIT "at_most";
END $$;
REVOKE EXECUTE ON FUNCTION "tenants_with_failed_runs"(timestamptz, timestamptz, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenants_with_failed_runs"(timestamptz, timestamptz, text, text, integer) TO "tidemark_service";
