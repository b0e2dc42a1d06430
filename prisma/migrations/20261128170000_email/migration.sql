-- Email to tenants: the recipients, the emails that wait to be sent, the tokens of links, and the limits of verification emails.
CREATE TABLE "email_recipient" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "kinds" TEXT[] NOT NULL DEFAULT '{}',
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "added_by" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3),
    "unsubscribed_at" TIMESTAMPTZ(3),
    "bouncing_since" TIMESTAMPTZ(3),
    "refusals" INTEGER NOT NULL DEFAULT 0,
    "problem" TEXT,
    "last_sent_at" TIMESTAMPTZ(3),
    "position" BIGINT NOT NULL DEFAULT 0,
    "progress" JSONB NOT NULL DEFAULT '{}',
    "due_at" TIMESTAMPTZ(3),

    CONSTRAINT "email_recipient_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE TABLE "email_message" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "recipient_id" UUID NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "failing_since" TIMESTAMPTZ(3),
    "problem" TEXT,

    CONSTRAINT "email_message_pkey" PRIMARY KEY ("tenant_id","id")
);

CREATE TABLE "email_token" (
    "token_hash" BYTEA NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "recipient_id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_token_pkey" PRIMARY KEY ("token_hash")
);

CREATE TABLE "email_permit" (
    "key_hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(3)[] NOT NULL DEFAULT '{}',
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_permit_pkey" PRIMARY KEY ("key_hash")
);

CREATE INDEX "email_message_tenant_id_recipient_id_created_at_idx" ON "email_message"("tenant_id", "recipient_id", "created_at");
CREATE INDEX "email_message_next_attempt_at_idx" ON "email_message"("next_attempt_at");
CREATE INDEX "email_token_tenant_id_recipient_id_idx" ON "email_token"("tenant_id", "recipient_id");

ALTER TABLE "email_message" ADD CONSTRAINT "email_message_tenant_id_recipient_id_fkey"
  FOREIGN KEY ("tenant_id", "recipient_id") REFERENCES "email_recipient"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "email_token" ADD CONSTRAINT "email_token_tenant_id_recipient_id_fkey"
  FOREIGN KEY ("tenant_id", "recipient_id") REFERENCES "email_recipient"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand: what Prisma's schema language can't say.
CREATE UNIQUE INDEX "email_recipient_address_key" ON "email_recipient"("tenant_id", (lower("email")));

ALTER TABLE "email_recipient"
  ADD CONSTRAINT "email_recipient_email_form" CHECK ("email" ~ '^[!-~]{1,64}@[a-z0-9.-]{1,253}$' AND length("email") <= 254),
  ADD CONSTRAINT "email_recipient_kinds" CHECK ("kinds" <@ ARRAY['PROBLEMS', 'CHANGES', 'DELIVERIES']),
  ADD CONSTRAINT "email_recipient_progress_form" CHECK (jsonb_typeof("progress") = 'object'),
  -- An address that was not confirmed gets no events.
  ADD CONSTRAINT "email_recipient_unsubscribed" CHECK ("unsubscribed_at" IS NULL OR "verified_at" IS NOT NULL);
ALTER TABLE "email_message" ADD CONSTRAINT "email_message_content_form" CHECK (jsonb_typeof("content") = 'object');
ALTER TABLE "email_token"
  ADD CONSTRAINT "email_token_hash_size" CHECK (octet_length("token_hash") = 32),
  ADD CONSTRAINT "email_token_purpose" CHECK ("purpose" IN ('VERIFY', 'UNSUBSCRIBE'));
ALTER TABLE "email_permit" ADD CONSTRAINT "email_permit_key_hash_size" CHECK (octet_length("key_hash") = 32);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['email_recipient', 'email_message', 'email_token'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
      'CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', tenant_table);
    EXECUTE format('CREATE POLICY "owner_reads" ON %I FOR SELECT TO CURRENT_USER USING (true)', tenant_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO "tidemark_service"', tenant_table);
  END LOOP;
END $$;

-- A table of operations, because the limit of a mailbox holds for all tenants together.
ALTER TABLE "email_permit" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "email_permit" FORCE ROW LEVEL SECURITY;
CREATE POLICY "operations" ON "email_permit" TO "tidemark_service"
  USING (coalesce(current_setting('tidemark.tenant', true), '') = '')
  WITH CHECK (coalesce(current_setting('tidemark.tenant', true), '') = '');
CREATE POLICY "owner_reads" ON "email_permit" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON "email_permit" TO "tidemark_service";

-- The tenants that have a recipient with events that it has not seen, or with an email that is due without an event.
CREATE FUNCTION "tenants_with_email_events"("as_of" timestamptz, "after" text, "at_most" integer) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT DISTINCT r."tenant_id" FROM tidemark."email_recipient" r
    LEFT JOIN tidemark."event_position" p ON p."tenant_id" = r."tenant_id"
  WHERE r."tenant_id" > "after" AND r."verified_at" IS NOT NULL AND r."unsubscribed_at" IS NULL AND r."bouncing_since" IS NULL
    AND (r."position" < p."last" OR r."due_at" <= "as_of")
  ORDER BY 1 LIMIT "at_most";
END $$;

-- The tenants that have an email to be sent now.
CREATE FUNCTION "tenants_with_due_emails"("as_of" timestamptz, "after" text, "at_most" integer) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT DISTINCT m."tenant_id" FROM tidemark."email_message" m
  WHERE m."tenant_id" > "after" AND m."next_attempt_at" <= "as_of" ORDER BY 1 LIMIT "at_most";
END $$;

-- The tenant of a token, by the SHA-256 of it in hexadecimal digits. A caller who does not know the token learns nothing.
CREATE FUNCTION "tenant_of_email_token"("hash" text) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY SELECT t."tenant_id" FROM tidemark."email_token" t WHERE t."token_hash" = decode("hash", 'hex');
END $$;

-- The emails that the mail server has not taken since before that time, as one JSON object; no row if there are none.
CREATE FUNCTION "failing_emails"("before" timestamptz) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'the transaction names a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT json_build_object(
    'since', min(m."failing_since"), 'problem', (array_agg(m."problem" ORDER BY m."next_attempt_at" DESC))[1],
    'waiting', (SELECT count(*) FROM tidemark."email_message"))::text
  FROM tidemark."email_message" m WHERE m."failing_since" < "before" HAVING count(*) > 0;
END $$;

REVOKE EXECUTE ON FUNCTION "tenants_with_email_events"(timestamptz, text, integer),
  "tenants_with_due_emails"(timestamptz, text, integer), "tenant_of_email_token"(text), "failing_emails"(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenants_with_email_events"(timestamptz, text, integer),
  "tenants_with_due_emails"(timestamptz, text, integer), "tenant_of_email_token"(text), "failing_emails"(timestamptz)
  TO "tidemark_service";
