-- A tenant's ledger grows for years: what a run and a page ask for must not be looked for in all of it.

CREATE INDEX "delivery_tenant_id_published_at_id_idx" ON "delivery"("tenant_id", "published_at" DESC, "id" DESC);
CREATE INDEX "delivery_tenant_id_entity_published_at_id_idx" ON "delivery"("tenant_id", "entity", "published_at" DESC, "id" DESC);


-- Written by hand: what Prisma's schema language can't say.

-- Runs that are queued or running: few, and looked for by every run.
CREATE INDEX "run_unfinished" ON "run" ("tenant_id") WHERE "finished_at" IS NULL;
