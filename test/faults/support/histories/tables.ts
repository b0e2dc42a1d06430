import type { Catalog, Entity } from '../../../../src/domain/entity.js'

/** Two source tables of one shape, for random histories. */

function entityOf(name: string): Entity {
  return {
    name,
    displayName: name,
    description: 'A table for random histories.',
    kind: 'snapshot',
    table: { schema: 'public', name },
    tenantColumn: 'tenant_code',
    updatedAtColumn: 'updated_at',
    changeXidColumn: 'change_xid',
    key: ['code'],
    columns: [
      { name: 'code', type: 'string', description: '', nullable: false },
      { name: 'version', type: 'integer', description: '', nullable: false },
      { name: 'is_deleted', type: 'boolean', description: '', nullable: false },
    ],
  }
}

export const entities: readonly Entity[] = ['notes', 'likes'].map(entityOf)

/** The first `count` of them. */
export const catalogOf = (count: number): Catalog => ({ entities: entities.slice(0, count) })

/** The trigger keeps the transaction alone, so that a writer may give any `updated_at`: back-dated, or in the future. */
export const tables = [
  `CREATE FUNCTION keep_xid() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.change_xid := pg_current_xact_id(); RETURN NEW; END $$`,
  ...entities.map(
    ({ name }) => `
  CREATE TABLE ${name} (
    tenant_code text, code text, version int NOT NULL, is_deleted boolean NOT NULL,
    updated_at timestamptz NOT NULL, change_xid xid8 NOT NULL,
    PRIMARY KEY (tenant_code, code));
  CREATE INDEX ON ${name} (tenant_code, updated_at);
  CREATE INDEX ON ${name} (tenant_code, change_xid);
  CREATE TRIGGER keep_xid BEFORE INSERT OR UPDATE ON ${name} FOR EACH ROW EXECUTE FUNCTION keep_xid()`,
  ),
].join(';')
