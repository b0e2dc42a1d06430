-- The operator may have the audit log and the history of registrations removed after a time. For the last 90 days both stay
-- append-only for everybody, the tables' owner included: whoever takes over the service can't remove its own traces.

-- Small, since both tables grow at their end alone.
CREATE INDEX "audit_event_at_idx" ON "audit_event" USING BRIN ("at");
CREATE INDEX "registration_change_changed_at_idx" ON "registration_change" USING BRIN ("changed_at");

CREATE OR REPLACE FUNCTION "audit_event_is_kept"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD."at" < now() - interval '90 days' THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation';
END $$;

CREATE OR REPLACE FUNCTION "registration_change_is_kept"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD."changed_at" < now() - interval '90 days' THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'registration_change is append-only' USING ERRCODE = 'check_violation';
END $$;

CREATE POLICY "owner_removes_old" ON "audit_event" FOR DELETE TO CURRENT_USER
  USING ("at" < now() - interval '90 days');
CREATE POLICY "owner_removes_old" ON "registration_change" FOR DELETE TO CURRENT_USER
  USING ("changed_at" < now() - interval '90 days');

-- Removes at most so many rows of each table that are older than so many days, and gives how many. 0 days: none.
CREATE FUNCTION "remove_old_history"("audit_days" integer, "change_days" integer, "at_most" integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  events integer := 0;
  changes integer := 0;
BEGIN
  IF "audit_days" > 0 THEN
    DELETE FROM tidemark."audit_event" WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM tidemark."audit_event" WHERE "at" < now() - make_interval(days => greatest("audit_days", 90))
      LIMIT "at_most"));
    GET DIAGNOSTICS events = ROW_COUNT;
  END IF;
  IF "change_days" > 0 THEN
    DELETE FROM tidemark."registration_change" WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM tidemark."registration_change"
      WHERE "changed_at" < now() - make_interval(days => greatest("change_days", 90))
      LIMIT "at_most"));
    GET DIAGNOSTICS changes = ROW_COUNT;
  END IF;
  RETURN events + changes;
END $$;
REVOKE EXECUTE ON FUNCTION "remove_old_history"(integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "remove_old_history"(integer, integer, integer) TO "tidemark_service";
