import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../world/world.js'

/** A schema for tables of the test's own, which the login of the source may read. */
export const ownSchema = 's'

/**
 * Makes tables `s.<name>` with the columns code, tenant, name, updated_at, change_xid. Each has all that the source's
 * README asks for, so that a test takes away one thing at a time.
 */
export async function makeOwnTables(world: Pick<World, 'sql'>, ...names: string[]): Promise<void> {
  await world.sql(`
    CREATE SCHEMA IF NOT EXISTS ${ownSchema};
    GRANT USAGE ON SCHEMA ${ownSchema} TO tidemark_reader;
    CREATE OR REPLACE FUNCTION ${ownSchema}.touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.change_xid := pg_current_xact_id();
      IF TG_OP = 'UPDATE' OR NEW.updated_at IS NULL OR NEW.updated_at > clock_timestamp() THEN
        NEW.updated_at := clock_timestamp();
      END IF;
      RETURN NEW;
    END $$;
    ${names.map(tableOf).join('')}
    GRANT SELECT ON ALL TABLES IN SCHEMA ${ownSchema} TO tidemark_reader`)
}

const tableOf = (name: string): string => `
  CREATE TABLE ${ownSchema}.${name} (code text, tenant text NOT NULL, name text, updated_at timestamptz NOT NULL,
    change_xid xid8 NOT NULL, PRIMARY KEY (tenant, code));
  CREATE INDEX ON ${ownSchema}.${name} (tenant, updated_at);
  CREATE INDEX ON ${ownSchema}.${name} (tenant, change_xid);
  CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON ${ownSchema}.${name} FOR EACH ROW EXECUTE FUNCTION ${ownSchema}.touch();
  ALTER TABLE ${ownSchema}.${name} ENABLE ALWAYS TRIGGER touch;`

/** An entity of the catalog file for such a table, or for a view of the same columns. */
export function ownEntity(name: string, more: object = {}): object {
  const column = (of: string, type: string, nullable: boolean) => ({
    name: of,
    type,
    description: 'A column.',
    nullable,
  })
  return {
    name,
    displayName: name.replaceAll('_', ' '),
    description: 'A table of the test.',
    kind: 'snapshot',
    table: `${ownSchema}.${name}`,
    tenantColumn: 'tenant',
    key: ['code'],
    columns: [column('code', 'string', false), column('name', 'string', true), column('updated_at', 'datetime', false)],
    ...more,
  }
}

/** Writes a catalog of these entities; gives the path. */
export async function ownCatalog(folder: string, ...entities: object[]): Promise<string> {
  const path = join(folder, 'own-catalog.json')
  await writeFile(path, JSON.stringify({ entities }))
  return path
}
