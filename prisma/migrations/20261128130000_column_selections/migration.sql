-- Which columns a tenant receives: of a registration, and pinned by each run. NULL is all columns of the catalog, as before.
ALTER TABLE "registration" ADD COLUMN "column_selection" JSONB;

ALTER TABLE "run" ADD COLUMN "column_selection" JSONB;

-- Of a file without some columns: those that the catalog had, so that the next file knows what the catalog has changed since.
ALTER TABLE "delivery" ADD COLUMN "catalog_columns" TEXT;
