-- The sessions of the console. A row is one secret of a session. The browser's cookie has the secret, and the row only its hash.
CREATE TABLE "console_session" (
    "secret_hash" BYTEA NOT NULL,
    "family_id" UUID NOT NULL,
    "tenant_id" TEXT,
    "subject" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tokens" BYTEA NOT NULL,
    "logged_in_at" TIMESTAMPTZ(3) NOT NULL,
    "auth_time" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "renewing_until" TIMESTAMPTZ(3),
    "renewed_at" TIMESTAMPTZ(3),
    "replaced_at" TIMESTAMPTZ(3),

    CONSTRAINT "console_session_pkey" PRIMARY KEY ("secret_hash")
);

CREATE INDEX "console_session_family_id_idx" ON "console_session"("family_id");
CREATE INDEX "console_session_tenant_id_idx" ON "console_session"("tenant_id");

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_secret_hash_size" CHECK (octet_length("secret_hash") = 32);

-- A table of operations: only a transaction that names no tenant reads and writes it.
ALTER TABLE "console_session" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "console_session" FORCE ROW LEVEL SECURITY;
CREATE POLICY "operations" ON "console_session" TO "tidemark_service"
  USING (coalesce(current_setting('tidemark.tenant', true), '') = '')
  WITH CHECK (coalesce(current_setting('tidemark.tenant', true), '') = '');
CREATE POLICY "owner_reads" ON "console_session" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON "console_session" TO "tidemark_service";
