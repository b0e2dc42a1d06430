-- AlterTable
ALTER TABLE "registration" ADD COLUMN "encryption" JSONB;

-- AlterTable
ALTER TABLE "run" ADD COLUMN "encryption" JSONB;

-- AlterTable
ALTER TABLE "delivery" ADD COLUMN "encryption" JSONB;

-- CreateTable
CREATE TABLE "pgp_key" (
    "tenant_id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "added_by" TEXT NOT NULL,

    CONSTRAINT "pgp_key_pkey" PRIMARY KEY ("tenant_id","fingerprint")
);

-- Written by hand: what Prisma's schema language can't say.

-- A private key must never be stored, by any writer.
ALTER TABLE "pgp_key"
  ADD CONSTRAINT "pgp_key_fingerprint_form" CHECK ("fingerprint" ~ '^[0-9A-F]{40}$'),
  ADD CONSTRAINT "pgp_key_public_key_form"
    CHECK ("public_key" LIKE '-----BEGIN PGP PUBLIC KEY BLOCK-----%' AND octet_length("public_key") <= 131072);

ALTER TABLE "pgp_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pgp_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own_tenant" ON "pgp_key" TO "tidemark_service"
  USING ("tenant_id" = current_setting('tidemark.tenant', true))
  WITH CHECK ("tenant_id" = current_setting('tidemark.tenant', true));
CREATE POLICY "owner_reads" ON "pgp_key" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT, DELETE ON "pgp_key" TO "tidemark_service";
