-- Published files that are no longer stored as they were published: a later publication, which could not be recorded, may have
-- replaced them. The ledger stays as it is; manifests no longer name these files.
CREATE TABLE "lost_file" (
    "delivery_id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "lost_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lost_file_pkey" PRIMARY KEY ("delivery_id")
);

-- Written by hand: what Prisma's schema language can't say. As every table of tenants: see 20261125230000_row_level_security.
ALTER TABLE "lost_file" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "lost_file" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own_tenant" ON "lost_file" TO "tidemark_service"
  USING ("tenant_id" = current_setting('tidemark.tenant', true))
  WITH CHECK ("tenant_id" = current_setting('tidemark.tenant', true));
CREATE POLICY "owner_reads" ON "lost_file" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT ON "lost_file" TO "tidemark_service";
