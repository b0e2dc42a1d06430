/**
 * A function and its trigger, which record the transaction of every write to a table. The time is left to the writer, so
 * that a test may give any.
 */
export function keepXid(name: string, table: string): string {
  return `
    CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.change_xid := pg_current_xact_id(); RETURN NEW; END $$;
    CREATE TRIGGER keep_xid BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}();
    ALTER TABLE ${table} ENABLE ALWAYS TRIGGER keep_xid`
}
