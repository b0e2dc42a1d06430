-- The servers' marks in the folders of tenants: where each tenant has a root of its own, no folder is common to all. "server_id" is
-- that of the installation when the mark was written. A mark in a common root is recorded in "installation".
CREATE TABLE "server_mark" (
    "tenant_id" TEXT NOT NULL,
    "server_id" UUID NOT NULL,
    "marked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "server_mark_pkey" PRIMARY KEY ("tenant_id")
);

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "server_mark" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "server_mark" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own_tenant" ON "server_mark" TO "tidemark_service"
  USING ("tenant_id" = current_setting('tidemark.tenant', true))
  WITH CHECK ("tenant_id" = current_setting('tidemark.tenant', true));
CREATE POLICY "owner_reads" ON "server_mark" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT, UPDATE ON "server_mark" TO "tidemark_service";

-- Of each tenant the newest manifest that is stored on the server: of the tenants whose manifests are the newest. They show whether
-- a server without its mark has the files of the ledger.
CREATE FUNCTION "newest_manifests"("take" int) RETURNS TABLE ("tenant_id" text, "path" text, "bytes" bigint, "sha256" text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'newest_manifests is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT n."tenant_id", n."path", n."bytes", n."sha256" FROM (
      SELECT DISTINCT ON (m."tenant_id") m."tenant_id", m."path", m."bytes", m."sha256", m."published_at"
      FROM tidemark."manifest" m
      WHERE m."present" AND NOT m."pending" AND m."revision" > 0
      ORDER BY m."tenant_id", m."day" DESC) n
    ORDER BY n."published_at" DESC NULLS LAST, n."tenant_id" LIMIT "take";
END $$;

REVOKE EXECUTE ON FUNCTION "newest_manifests"(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "newest_manifests"(int) TO "tidemark_service";
