import { Database } from 'node-sqlite3-wasm'

/** SQLite in memory, with the part of better-sqlite3's interface by which better-auth knows and uses a database of SQLite. */
export function createSqlite() {
  const db = new Database()
  return {
    run: (sql: string, values: string[] = []) => db.run(sql, values).changes,
    all: (sql: string, values: string[] = []) => db.all(sql, values) as Record<string, unknown>[],
    close: () => db.close(),
    forBetterAuth: {
      aggregate: () => undefined,
      prepare: (sql: string) => ({
        reader: /^\s*(select|pragma|with)\b|\breturning\b/i.test(sql),
        // By the database: its own statements would have to be freed.
        all: (values: readonly unknown[]) => db.all(sql, [...values] as string[]),
        run: (values: readonly unknown[]) => db.run(sql, [...values] as string[]),
        *iterate(values: readonly unknown[]) {
          yield* db.all(sql, [...values] as string[])
        },
      }),
      close: () => db.close(),
    },
  }
}
