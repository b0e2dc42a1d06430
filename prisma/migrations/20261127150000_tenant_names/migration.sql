-- The ids of the tenants that were ever registered or given a key, one for all that differ only in case: on a server that
-- ignores case they would have one folder. The row stays when a tenant is erased, as its ledger does.
CREATE TABLE "tenant_name" (
    "folded" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,

    CONSTRAINT "tenant_name_pkey" PRIMARY KEY ("folded")
);

-- Written by hand: what Prisma's schema language can't say.
INSERT INTO "tenant_name" ("folded", "tenant_id")
SELECT DISTINCT lower("tenant_id" COLLATE "C"), "tenant_id" FROM (
  SELECT "tenant_id" FROM "registration"
  UNION SELECT "tenant_id" FROM "sftp_key"
  UNION SELECT "tenant_id" FROM "run"
) AS "known";

ALTER TABLE "tenant_name" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tenant_name" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own_tenant" ON "tenant_name" TO "tidemark_service"
  USING ("tenant_id" = current_setting('tidemark.tenant', true))
  WITH CHECK ("tenant_id" = current_setting('tidemark.tenant', true));
CREATE POLICY "owner_reads" ON "tenant_name" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT ON "tenant_name" TO "tidemark_service";

-- Upper case, and single dots that are not at the end.
ALTER TABLE "sftp_key"
  DROP CONSTRAINT "sftp_key_tenant_id_form",
  ADD CONSTRAINT "sftp_key_tenant_id_form"
    CHECK (length("tenant_id") <= 63 AND "tenant_id" ~ '^[A-Za-z0-9]([A-Za-z0-9_-]|[.][A-Za-z0-9_-])*$');
