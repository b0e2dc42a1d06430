-- CreateTable
CREATE TABLE "webhook_endpoint" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "types" JSONB,
    "ordered" BOOLEAN NOT NULL,
    "position" BIGINT NOT NULL,
    "paused_at" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_secret" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "public_key" TEXT,
    "sealed" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,

    CONSTRAINT "webhook_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "tenant_id" TEXT NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "event_number" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "event_type" TEXT NOT NULL,
    "event_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "status_code" INTEGER,
    "failure" TEXT,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("endpoint_id","event_number")
);

-- CreateIndex
CREATE INDEX "webhook_endpoint_tenant_id_created_at_idx" ON "webhook_endpoint"("tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "webhook_secret_endpoint_id_idx" ON "webhook_secret"("endpoint_id");

-- AddForeignKey
ALTER TABLE "webhook_secret" ADD CONSTRAINT "webhook_secret_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand: what Prisma's schema language can't say.

-- What waits, and what an endpoint was sent last.
CREATE INDEX "webhook_delivery_waiting" ON "webhook_delivery" ("endpoint_id", "next_attempt_at")
  WHERE "next_attempt_at" IS NOT NULL;

ALTER TABLE "webhook_endpoint"
  ADD CONSTRAINT "webhook_endpoint_kind_known" CHECK ("kind" IN ('STANDARD', 'SLACK', 'TEAMS')),
  ADD CONSTRAINT "webhook_endpoint_url_form" CHECK ("url" ~ '^https?://' AND octet_length("url") <= 8000),
  ADD CONSTRAINT "webhook_endpoint_disabled" CHECK (("disabled_at" IS NULL) = ("disabled_reason" IS NULL));
-- A secret in clear has less than 61 bytes for HMAC. No writer can store one by mistake.
ALTER TABLE "webhook_secret"
  ADD CONSTRAINT "webhook_secret_kind_known" CHECK ("kind" IN ('HMAC', 'ED25519', 'URL')),
  ADD CONSTRAINT "webhook_secret_is_sealed" CHECK (octet_length("sealed") > 89 AND get_byte("sealed", 0) = 1),
  ADD CONSTRAINT "webhook_secret_key_id_form" CHECK ("key_id" ~ '^[0-9a-f]{16}$'),
  ADD CONSTRAINT "webhook_secret_public_key_form" CHECK (
    CASE WHEN "kind" = 'ED25519' THEN "public_key" ~ '^whpk_[A-Za-z0-9+/]{43}=$' ELSE "public_key" IS NULL END);
ALTER TABLE "webhook_delivery"
  ADD CONSTRAINT "webhook_delivery_one_state" CHECK (num_nonnulls("next_attempt_at", "delivered_at", "failed_at") = 1);

DO $$
DECLARE
  new_table text;
BEGIN
  FOREACH new_table IN ARRAY ARRAY['webhook_endpoint', 'webhook_secret', 'webhook_delivery'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', new_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', new_table);
    EXECUTE format(
      'CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', new_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', new_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO "tidemark_service"', new_table);
  END LOOP;
END $$;

-- The endpoints that have something to send now: events that nothing was decided about, or attempts that are due. Only ids.
-- "last_due": when the latest of the due attempts became due; null if no attempt is.
CREATE FUNCTION "webhooks_due"()
  RETURNS TABLE ("tenant_id" text, "endpoint_id" uuid, "last_event" bigint, "last_due" timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'webhooks_due is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT w.tenant_id, w.id, p.last, d.due FROM tidemark.webhook_endpoint w
    JOIN tidemark.event_position p USING (tenant_id)
    LEFT JOIN LATERAL (
      SELECT max(next_attempt_at) AS due FROM tidemark.webhook_delivery
      WHERE endpoint_id = w.id AND next_attempt_at <= now()) d ON true
  WHERE w.paused_at IS NULL AND w.disabled_at IS NULL AND (p.last > w.position OR d.due IS NOT NULL);
END $$;

-- The endpoints that are disabled because their attempts have failed, for operators. No URL is among it.
CREATE FUNCTION "webhooks_failing"() RETURNS TABLE ("tenant_id" text, "endpoint_id" uuid, "disabled_at" timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'webhooks_failing is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY SELECT w.tenant_id, w.id, w.disabled_at FROM tidemark.webhook_endpoint w
    WHERE w.disabled_reason = 'FAILING' ORDER BY 1, 3, 2;
END $$;

-- The tenants that have secrets which another key than this one encrypts.
CREATE FUNCTION "tenants_with_other_secrets_key"("of_key" text) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY SELECT DISTINCT s."tenant_id" FROM tidemark."webhook_secret" s WHERE s."key_id" <> "of_key" ORDER BY 1;
END $$;

REVOKE EXECUTE ON FUNCTION "webhooks_due"(), "webhooks_failing"(), "tenants_with_other_secrets_key"(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "webhooks_due"(), "webhooks_failing"(), "tenants_with_other_secrets_key"(text)
  TO "tidemark_service";
