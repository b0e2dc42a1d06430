-- What the manifest says of a file's values: columns with values that their type does not have, such as `infinity` in a date;
-- and the types of the source, such as `numeric(12,2)`, by column. Of files that are older neither is known.
ALTER TABLE "delivery"
  ADD COLUMN "irregular" TEXT[] NOT NULL DEFAULT '{}',
  ADD COLUMN "source_types" JSONB;
