-- Promise 13, the second time: what a tenant may see or write is decided by the database as well. The service works as a
-- member of `tidemark_service`, which owns nothing, and sees of each table the rows of the tenant that its transaction has
-- named with `set_config('tidemark.tenant', …, true)`; of none where it has named none.

-- Roles belong to the whole cluster: another database of it may have made this one. An account that may not make roles
-- finds it there, made by somebody who may.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tidemark_service') THEN
    CREATE ROLE "tidemark_service" NOLOGIN;
  END IF;
EXCEPTION
  -- Made by another database's migration at the same moment.
  WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- Without a named tenant the setting is null, or empty after a transaction that named one: the id of none.
-- Forced: the owner, too, is held. It may read, since the functions below are its own, and nothing else: a migration that
-- changes rows says NO FORCE ROW LEVEL SECURITY first, and FORCE again.
DO $$
DECLARE
  tenants_table text;
BEGIN
  FOREACH tenants_table IN ARRAY ARRAY[
    'registration', 'registered_entity', 'registration_change', 'run', 'run_entity', 'watermark', 'delivery', 'manifest',
    'audit_event', 'retention', 'sftp_key']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenants_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenants_table);
    EXECUTE format(
      'CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', tenants_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', tenants_table);
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO "tidemark_service"', current_schema());
END $$;

-- No more than each table needs: what is history can't be changed. Of the ledger an intent may go; a trigger keeps the rest.
GRANT SELECT, INSERT, UPDATE, DELETE ON "registration", "registered_entity" TO "tidemark_service";
GRANT SELECT, INSERT ON "registration_change", "audit_event" TO "tidemark_service";
GRANT USAGE ON SEQUENCE "registration_change_id_seq" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE ON "run", "run_entity", "watermark", "manifest" TO "tidemark_service";
GRANT SELECT, INSERT, UPDATE, DELETE ON "delivery" TO "tidemark_service";
GRANT SELECT, INSERT, DELETE ON "retention", "sftp_key" TO "tidemark_service";

-- What the service asks about all tenants: their ids, and nothing else. The functions run as the tables' owner, so nothing
-- in them may be looked for in a schema that the caller could fill, as the one of temporary objects, which comes first
-- unless it is named last.
CREATE FUNCTION "registered_tenants"() RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT "tenant_id" FROM tidemark."registration" ORDER BY 1
$$;
CREATE FUNCTION "tenants_with_pending_schedule"("at_most" integer) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT "tenant_id" FROM tidemark."registration" WHERE "scheduled_version" IS DISTINCT FROM "version"
  ORDER BY "updated_at" LIMIT "at_most"
$$;
CREATE FUNCTION "tenants_with_unfinished_runs"("queued_before" timestamptz) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT "tenant_id" FROM tidemark."run"
  WHERE "finished_at" IS NULL AND "status" IN ('QUEUED', 'RUNNING') AND "queued_at" < "queued_before"
$$;
CREATE FUNCTION "tenants_with_files"("of_day" date) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT "tenant_id" FROM tidemark."delivery"
  WHERE "published_at" IS NOT NULL AND ("of_day" IS NULL OR "day" = "of_day") ORDER BY 1
$$;
CREATE FUNCTION "tenants_with_old_files"("as_of" date, "default_days" integer, "after" text, "at_most" integer)
  RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT m."tenant_id" FROM tidemark."manifest" m LEFT JOIN tidemark."retention" r USING ("tenant_id")
  WHERE m."present" AND m."tenant_id" > "after"
    AND m."day" < "as_of" - nullif(coalesce(r."days", "default_days"), 0)
  ORDER BY 1 LIMIT "at_most"
$$;
REVOKE EXECUTE ON FUNCTION "registered_tenants"(), "tenants_with_pending_schedule"(integer),
  "tenants_with_unfinished_runs"(timestamptz), "tenants_with_files"(date),
  "tenants_with_old_files"(date, integer, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "registered_tenants"(), "tenants_with_pending_schedule"(integer),
  "tenants_with_unfinished_runs"(timestamptz), "tenants_with_files"(date),
  "tenants_with_old_files"(date, integer, text, integer) TO "tidemark_service";
