-- CreateTable
CREATE TABLE "sftp_key" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "added_by" TEXT NOT NULL,

    CONSTRAINT "sftp_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "sftp_key_tenant_id_fingerprint_key" ON "sftp_key"("tenant_id", "fingerprint");

-- CreateIndex
CREATE INDEX "sftp_key_tenant_id_added_at_idx" ON "sftp_key"("tenant_id", "added_at");

-- Written by hand: what Prisma's schema language can't say.

-- What stands in an authorized_keys line can hold no option, no blank and no line end, whoever writes the row.
ALTER TABLE "sftp_key"
  ADD CONSTRAINT "sftp_key_type_form" CHECK ("type" ~ '^[a-z0-9-]{1,60}(@openssh\.com)?$'),
  ADD CONSTRAINT "sftp_key_public_key_form" CHECK ("public_key" ~ '^[A-Za-z0-9+/]+={0,2}$'),
  ADD CONSTRAINT "sftp_key_fingerprint_form" CHECK ("fingerprint" ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
  ADD CONSTRAINT "sftp_key_tenant_id_form" CHECK ("tenant_id" ~ '^[a-z0-9][a-z0-9_-]{0,62}$');

-- The two doors of the SFTP server, whose role may open nothing else (deploy/sftp/role.sql).
-- The lines with which an account may log in: the answer of AuthorizedKeysCommand, the fingerprint being its %f.
CREATE FUNCTION "authorized_keys"("username" TEXT, "shown" TEXT DEFAULT NULL) RETURNS SETOF TEXT
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  AS $$
    SELECT 'restrict ' || "type" || ' ' || "public_key"
    FROM tidemark."sftp_key"
    WHERE "tenant_id" = "username" AND ("shown" IS NULL OR "fingerprint" = "shown")
    ORDER BY "added_at", "id"
  $$;

-- The tenants that an SFTP server needs an account and a folder for.
CREATE FUNCTION "sftp_tenants"() RETURNS SETOF TEXT
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  AS $$
    SELECT "tenant_id" FROM tidemark."registration" UNION SELECT "tenant_id" FROM tidemark."sftp_key" ORDER BY 1
  $$;

REVOKE ALL ON FUNCTION "authorized_keys"(TEXT, TEXT), "sftp_tenants"() FROM PUBLIC;
