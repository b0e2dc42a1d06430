-- What exports delivered and failed by day, and how much tenants received.
CREATE INDEX "run_entity_failed" ON "run_entity" ("tenant_id", "to") WHERE "status" = 'FAILED';
CREATE INDEX "run_failed" ON "run" ("tenant_id", "to") WHERE "status" = 'FAILED';
CREATE INDEX "delivery_published" ON "delivery" ("published_at") INCLUDE ("tenant_id", "rows", "bytes")
  WHERE "published_at" IS NOT NULL;

-- How much each tenant received since a time, for the platform's operators.
CREATE FUNCTION "delivered_totals"("since" timestamptz)
  RETURNS TABLE ("tenant_id" text, "files" bigint, "rows" bigint, "bytes" bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'delivered_totals is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT tenant_id, count(*), sum(rows)::bigint, sum(bytes)::bigint FROM tidemark.delivery
    WHERE published_at IS NOT NULL AND published_at >= "since" GROUP BY tenant_id;
END $$;

REVOKE EXECUTE ON FUNCTION "delivered_totals"(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "delivered_totals"(timestamptz) TO "tidemark_service";
