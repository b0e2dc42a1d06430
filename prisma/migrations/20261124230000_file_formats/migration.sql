-- How files are written: of a registration, pinned by each run, and kept with each delivery. What was there before is of
-- the format that was the only one.

ALTER TABLE "registration" ADD COLUMN "file_format" JSONB NOT NULL
  DEFAULT '{"compression":"NONE","maxPartMegabytes":null,"delimiter":"COMMA","quoting":"MINIMAL","escapeFormulas":false}';

ALTER TABLE "run" ADD COLUMN "file_format" JSONB;

ALTER TABLE "delivery"
  ADD COLUMN "format" JSONB NOT NULL
    DEFAULT '{"compression":"NONE","maxPartMegabytes":null,"delimiter":"COMMA","quoting":"MINIMAL","escapeFormulas":false}',
  ADD COLUMN "parts" JSONB;

-- A file that is split is written under several hidden names.
ALTER TABLE "run_entity" ADD COLUMN "hidden_paths" TEXT[] NOT NULL DEFAULT '{}';
UPDATE "run_entity" SET "hidden_paths" = ARRAY["part_path"] WHERE "part_path" IS NOT NULL;
DROP INDEX "run_entity_part";
ALTER TABLE "run_entity" DROP COLUMN "part_path";


-- Written by hand: what Prisma's schema language can't say.

-- Hidden files that may still lie on the SFTP server.
CREATE INDEX "run_entity_hidden" ON "run_entity" ("tenant_id", "entity") WHERE "hidden_paths" <> '{}';

ALTER TABLE "delivery" ADD CONSTRAINT "delivery_parts_are_some" CHECK (
  CASE WHEN "parts" IS NULL THEN true
    ELSE jsonb_typeof("parts") = 'array' AND jsonb_array_length("parts") > 0 AND "parts" -> 0 ->> 'path' = "path" END
);
