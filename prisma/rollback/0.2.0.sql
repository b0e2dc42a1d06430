-- Lets the programs of release 0.2.0 use a database of this release. Runs in one transaction, as the owner of the tables.
-- The API and the workers are stopped.

DO $$
DECLARE
  found TEXT;
BEGIN
  SELECT string_agg("id" || ' of ' || "tenant_id", ', ' ORDER BY "queued_at") INTO found FROM "run" WHERE "finished_at" IS NULL;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'These runs are not finished, and 0.2.0 cannot continue them: %. Start this release again, and let them end or cancel them.', found;
  END IF;
  -- Its files would not be encrypted, and would have all columns.
  SELECT string_agg("tenant_id", ', ' ORDER BY "tenant_id") INTO found FROM "registration"
    WHERE "export_option" <> 'DISABLE_EXPORT' AND ("encryption" IS NOT NULL OR "column_selection" IS NOT NULL);
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'These tenants have encrypted files or a selection of columns, which 0.2.0 does not know: %. Register them without it, or disable their exports.', found;
  END IF;
END $$;

-- Policies hold the owner, too, and the ledger is append-only, except within this transaction.
ALTER TABLE "run" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "run_entity" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "delivery" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "delivery" DISABLE TRIGGER USER;

-- 0.2.0 cannot read rows with values that it does not know.
UPDATE "run" SET "trigger" = 'MANUAL' WHERE "trigger" = 'RETRY';
UPDATE "run_entity" SET "full_load_reason" = 'SOURCE_RESET' WHERE "full_load_reason" = 'LEDGER_RESTORED';
UPDATE "delivery" SET "full_load_reason" = 'SOURCE_RESET' WHERE "full_load_reason" = 'LEDGER_RESTORED';

ALTER TABLE "delivery" ENABLE TRIGGER USER;
ALTER TABLE "run" FORCE ROW LEVEL SECURITY;
ALTER TABLE "run_entity" FORCE ROW LEVEL SECURITY;
ALTER TABLE "delivery" FORCE ROW LEVEL SECURITY;
