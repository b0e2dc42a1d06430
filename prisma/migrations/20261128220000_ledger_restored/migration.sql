-- What lets Tidemark go on after its own database, or the SFTP server, was restored from an older backup: the gaps that were
-- found, and the numbers that the lost part of the ledger has used.
ALTER TYPE "full_load_reason" ADD VALUE 'LEDGER_RESTORED';

-- CreateTable
CREATE TABLE "ledger_gap" (
    "tenant_id" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,
    "witness" TEXT NOT NULL,
    "detail" TEXT NOT NULL,

    CONSTRAINT "ledger_gap_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "chain_break" (
    "tenant_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,
    "sequence" INTEGER NOT NULL,
    "schema_version" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "through" DATE NOT NULL,

    CONSTRAINT "chain_break_pkey" PRIMARY KEY ("tenant_id","entity")
);

-- Written by hand: what Prisma's schema language can't say. As every table of tenants: see 20261125230000_row_level_security.
ALTER TABLE "chain_break" ADD CONSTRAINT "chain_break_numbers" CHECK ("sequence" >= 0 AND "schema_version" >= 0 AND "revision" >= 0);

DO $$
DECLARE
  new_table text;
BEGIN
  FOREACH new_table IN ARRAY ARRAY['ledger_gap', 'chain_break'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', new_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', new_table);
    EXECUTE format('CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', new_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', new_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO "tidemark_service"', new_table);
  END LOOP;
END $$;

-- The entities of all tenants whose chain is broken, until their next full load is published. A gap that is settled by the run that
-- has found it is listed for a moment, so that it is reported. Only for operators.
CREATE FUNCTION "broken_chains"() RETURNS TABLE ("tenant_id" text, "entity" text, "found_at" timestamptz, "detail" text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'broken_chains is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT b.tenant_id, b.entity, b.found_at, g.detail FROM tidemark."chain_break" b
      JOIN tidemark."ledger_gap" g USING (tenant_id)
    WHERE b.found_at > now() - interval '20 seconds' OR NOT EXISTS (
      SELECT FROM tidemark."delivery" d
      WHERE d.tenant_id = b.tenant_id AND d.entity = b.entity AND d.sequence > b.sequence AND d.mode = 'FULL'
        AND d.published_at IS NOT NULL)
    ORDER BY 1, 2;
END $$;

REVOKE EXECUTE ON FUNCTION "broken_chains"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "broken_chains"() TO "tidemark_service";
