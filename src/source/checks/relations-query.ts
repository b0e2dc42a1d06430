import { escapeLiteral } from 'pg'
import type { Entity } from '../../domain/entity.js'

/**
 * Asks the catalogs for the entity's own relation: see Relation. It is cheap enough for every read, and says in `hasMore`
 * whether the question about all relations has to be asked as well.
 */
export function ownRelationQuery(entity: Entity): string {
  const hasMore = `c.relkind IN ('v', 'p') OR c.relhassubclass OR c.relispartition OR row_security_active(c.oid)`
  const subscribed = 'EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = c.oid)'
  return `WITH below ${relationColumns} AS (${ownRelation(entity)})
    ${describe({ hasMore, subscribed, root: 'NULL::text', rowSecurity: "'none'" })}`
}

/** Asks for all relations that the entity's rows come from: its own, and those below it, down to the tables. */
export function allRelationsQuery(entity: Entity): string {
  return `WITH RECURSIVE below ${relationColumns} AS (${ownRelation(entity)} UNION ALL ${step})
    ${describe({ hasMore: 'false', subscribed: isSubscribed, root, rowSecurity })} ORDER BY label, id`
}

/** `used`: the columns that a view uses; NULL for all of them. `root`: the partitioned table at the top. */
const relationColumns = '(id, kind, reader, way, used, root, is_viewed)'

/** A role that `SET ROLE` names counts: a read has its rights. */
const currentRole = 'quote_ident(current_user)::regrole::oid'

const ownRelation = ({ table }: Entity): string => `
  SELECT c.oid, c.relkind, ${currentRole}, 'own', NULL::name[], NULL::oid, false
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ${escapeLiteral(table.schema)} AND c.relname = ${escapeLiteral(table.name)}`

/** A view reads with the rights of its owner, unless it says otherwise; then with those of the session, at any depth. */
const viewReader = `
  CASE WHEN (SELECT bool_or(option_value::boolean) FROM pg_options_to_table(v.reloptions)
    WHERE option_name = 'security_invoker') THEN ${currentRole} ELSE v.relowner END`

/** From a relation to those directly below it. */
const step = `
  SELECT child.id, c.relkind, child.reader, child.way, child.used, child.root, child.is_viewed
  FROM below b CROSS JOIN LATERAL (
    SELECT d.refobjid AS id, ${viewReader} AS reader, 'view' AS way,
      array_agg(a.attname) FILTER (WHERE a.attname IS NOT NULL) AS used, NULL::oid AS root, true AS is_viewed
    FROM pg_class v JOIN pg_rewrite w ON w.ev_class = v.oid AND w.ev_type = '1'
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE v.oid = b.id AND b.kind = 'v'
    GROUP BY d.refobjid, v.reloptions, v.relowner
    UNION ALL
    SELECT i.inhrelid, b.reader, 'child', b.used, coalesce(b.root, CASE WHEN b.kind = 'p' THEN b.id END), b.is_viewed
    FROM pg_inherits i WHERE i.inhparent = b.id AND b.kind IN ('r', 'p')
  ) AS child
  JOIN pg_class c ON c.oid = child.id AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`

const root = `
  (SELECT format('%I.%I', rn.nspname, rc.relname) FROM pg_class rc JOIN pg_namespace rn ON rn.oid = rc.relnamespace
    WHERE rc.oid = b.root)`

/** Replication may write to a partition by way of the partitioned table. */
const isSubscribed = `EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = c.oid
  OR c.relispartition AND s.srrelid IN (SELECT pg_partition_ancestors(c.oid)))`

const isMembers = `EXISTS (SELECT FROM unnest(p.polroles) AS role
  WHERE CASE WHEN role = 0 THEN true ELSE pg_has_role(r.oid, role, 'USAGE') END)`

/** As Postgres itself decides it (check_enable_rls). A policy of a child does not apply to a read of its parent. */
const rowSecurity = `
  CASE WHEN NOT c.relrowsecurity OR b.way = 'child' THEN 'none' ELSE (
    SELECT CASE
      WHEN r.rolsuper OR r.rolbypassrls THEN 'none'
      WHEN NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE') THEN 'none'
      WHEN (SELECT coalesce(bool_or(p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'), false)
          AND NOT coalesce(bool_or(NOT p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) <> 'true'), false)
        FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND ${isMembers}) THEN 'open'
      ELSE 'filters' END
    FROM pg_roles r WHERE r.oid = b.reader) END`

const columns = `
  SELECT json_build_object('name', a.attname, 'notNull', a.attnotnull OR t.typnotnull,
    'type', CASE WHEN base.typtype = 'e' THEN 'enum' ELSE base.typname::text END,
    'sqlType', CASE WHEN t.typtype = 'd' THEN format_type(base.oid, t.typtypmod) ELSE format_type(t.oid, a.atttypmod) END)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND b.way = 'own'`

const xidColumns = `
  SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
    AND a.atttypid = 'xid8'::regtype AND (b.used IS NULL OR a.attname = ANY (b.used))`

/** A partition's copy of a trigger counts as internal in some versions. 13 is the language C. */
const triggers = `
  SELECT json_build_object('name', t.tgname, 'type', t.tgtype, 'enabled', t.tgenabled,
    'ofColumns', t.tgattr::text <> '', 'definition', pg_get_triggerdef(t.oid),
    'source', CASE WHEN p.prolang <> 13 THEN p.prosrc END)
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE t.tgrelid = c.oid AND (NOT t.tgisinternal OR t.tgparentid <> 0) ORDER BY t.tgname`

interface Expressions {
  readonly hasMore: string
  readonly subscribed: string
  readonly root: string
  readonly rowSecurity: string
}

const describe = (by: Expressions): string => `
  SELECT c.oid::text AS id, format('%I.%I', n.nspname, c.relname) AS label, quote_ident(n.nspname) AS schema, c.relkind::text AS kind, b.way,
    b.is_viewed AS "isViewed", ${by.hasMore} AS "hasMore", ${by.root} AS root,
    b.way <> 'own' OR has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "isReadable",
    quote_ident(pg_get_userbyid(b.reader)) AS reader, pg_has_role(b.reader, c.relowner, 'USAGE') AS "isReadersOwn",
    ${by.rowSecurity} AS "rowSecurity", c.relpersistence = 'u' AS "isUnlogged", ${by.subscribed} AS "isSubscribed",
    ARRAY(${columns}) AS columns, ARRAY(${xidColumns}) AS "xidColumns", ARRAY(${triggers}) AS triggers
  FROM below b JOIN pg_class c ON c.oid = b.id JOIN pg_namespace n ON n.oid = c.relnamespace`
