/** The Postgres schema that holds Tidemark's own tables. */
export const databaseSchema = 'tidemark'
