-- The outbox: what happened for a tenant, numbered without gaps in the order of the commits.
CREATE TABLE "event" (
    "tenant_id" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT,
    "data" JSON NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("tenant_id","number")
);

CREATE TABLE "event_position" (
    "tenant_id" TEXT NOT NULL,
    "last" BIGINT NOT NULL,

    CONSTRAINT "event_position_pkey" PRIMARY KEY ("tenant_id")
);

CREATE UNIQUE INDEX "event_id_key" ON "event"("id");
CREATE UNIQUE INDEX "event_tenant_id_key_key" ON "event"("tenant_id", "key");
CREATE INDEX "event_at_idx" ON "event" USING BRIN ("at");
-- For the first success after a failure or a delay.
CREATE INDEX "event_trouble_idx" ON "event" ("tenant_id", "number")
  WHERE "type" IN ('export.failed', 'export.overdue', 'export.recovered');

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "event"
  ADD CONSTRAINT "event_number_range" CHECK ("number" >= 1),
  ADD CONSTRAINT "event_data_form" CHECK (json_typeof("data") = 'object');
ALTER TABLE "event_position" ADD CONSTRAINT "event_position_last_range" CHECK ("last" >= 0);

DO $$
DECLARE
  new_table text;
BEGIN
  FOREACH new_table IN ARRAY ARRAY['event', 'event_position'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', new_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', new_table);
    EXECUTE format(
      'CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', new_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', new_table);
  END LOOP;
END $$;
GRANT SELECT, INSERT ON "event" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE ON "event_position" TO "tidemark_service";
CREATE POLICY "owner_removes_old" ON "event" FOR DELETE TO CURRENT_USER USING ("at" < now() - interval '7 days');

-- Keeps the events of a JSON array, each {id, type, key, data}, and returns those that are new. An event with a key that the
-- tenant has already is not kept again. The tenant's row of event_position is locked until the transaction ends, so that
-- numbers have no gaps and follow the order of the commits. Each statement of the function sees what was committed before it:
-- keys are compared after the lock is held.
CREATE FUNCTION "keep_events"("of_tenant" text, "given" json)
  RETURNS TABLE ("id" uuid, "number" bigint, "at" timestamptz)
  LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  last_number bigint;
  kept_at timestamptz;
  kept integer;
BEGIN
  INSERT INTO tidemark."event_position" ("tenant_id", "last") VALUES ("of_tenant", 0) ON CONFLICT DO NOTHING;
  SELECT p."last" INTO last_number FROM tidemark."event_position" p WHERE p."tenant_id" = "of_tenant" FOR UPDATE;
  kept_at := clock_timestamp();
  RETURN QUERY
  INSERT INTO tidemark."event" AS e ("tenant_id", "number", "id", "type", "at", "key", "data")
  SELECT "of_tenant", last_number + row_number() OVER (ORDER BY g.place),
    (g.given_event->>'id')::uuid, g.given_event->>'type', kept_at, g.given_event->>'key', g.given_event->'data'
  FROM json_array_elements("given") WITH ORDINALITY AS g(given_event, place)
  WHERE NOT EXISTS (
    SELECT FROM tidemark."event" same WHERE same."tenant_id" = "of_tenant" AND same."key" = g.given_event->>'key')
  ORDER BY g.place
  RETURNING e."id", e."number", e."at";
  GET DIAGNOSTICS kept = ROW_COUNT;
  IF kept > 0 THEN
    UPDATE tidemark."event_position" p SET "last" = last_number + kept WHERE p."tenant_id" = "of_tenant";
  END IF;
END $$;

-- Which of these tenants have events after the number that the JSON object gives for them. It returns only ids.
CREATE FUNCTION "tenants_with_events_past"("positions" jsonb) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT p."tenant_id" FROM jsonb_each_text("positions") AS known(tenant, number)
    JOIN tidemark."event_position" p ON p."tenant_id" = known.tenant
  WHERE p."last" > known.number::bigint ORDER BY 1;
END $$;

-- Removes events of all tenants that are older than "days" days, at least 7. It removes at most "at_most" rows, and returns their number.
CREATE FUNCTION "remove_old_events"("days" integer, "at_most" integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer := 0;
BEGIN
  IF "days" > 0 THEN
    DELETE FROM tidemark."event" WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM tidemark."event" WHERE "at" < now() - make_interval(days => greatest("days", 7))
      LIMIT "at_most"));
    GET DIAGNOSTICS removed = ROW_COUNT;
  END IF;
  RETURN removed;
END $$;

-- Tenants with files that will be removed within the notice, which is at most half of the time for which files are kept.
CREATE FUNCTION "tenants_with_expiring_files"("as_of" date, "default_days" integer, "notice_days" integer, "after" text,
    "at_most" integer) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT m."tenant_id"
  FROM tidemark."manifest" m LEFT JOIN tidemark."retention" r USING ("tenant_id"),
    LATERAL (SELECT nullif(coalesce(r."days", "default_days"), 0) AS kept) AS own
  WHERE m."present" AND m."tenant_id" > "after" AND m."day" >= "as_of" - own.kept
    AND m."day" < "as_of" - own.kept + least("notice_days", own.kept / 2)
  ORDER BY 1 LIMIT "at_most"
$$;

REVOKE EXECUTE ON FUNCTION "keep_events"(text, json), "tenants_with_events_past"(jsonb), "remove_old_events"(integer, integer),
  "tenants_with_expiring_files"(date, integer, integer, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "keep_events"(text, json), "tenants_with_events_past"(jsonb), "remove_old_events"(integer, integer),
  "tenants_with_expiring_files"(date, integer, integer, text, integer) TO "tidemark_service";
