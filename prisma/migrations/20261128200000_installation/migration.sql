-- The identity of this installation, and the SFTP server that its files are stored on. The table has exactly one row.
CREATE TABLE "installation" (
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "server_id" UUID,
    "server_marked_at" TIMESTAMPTZ(3),

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- Written by hand: what Prisma's schema language can't say. The row is inserted before row-level security holds the owner, too.
CREATE UNIQUE INDEX "installation_one_row" ON "installation" ((true));
INSERT INTO "installation" ("id", "created_at") VALUES (gen_random_uuid(), now());

ALTER TABLE "installation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "installation" FORCE ROW LEVEL SECURITY;
CREATE POLICY "operations" ON "installation" TO "tidemark_service"
  USING (coalesce(current_setting('tidemark.tenant', true), '') = '')
  WITH CHECK (coalesce(current_setting('tidemark.tenant', true), '') = '');
CREATE POLICY "owner_reads" ON "installation" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, UPDATE ON "installation" TO "tidemark_service";
