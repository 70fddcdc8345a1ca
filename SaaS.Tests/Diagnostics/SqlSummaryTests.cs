using SaaS.ServiceDefaults;

namespace SaaS.Tests.Diagnostics;

/// <summary>Tests that span names are few and contain no values, whatever the statement.</summary>
public sealed class SqlSummaryTests
{
    [Theory]
    [InlineData("SELECT d.id FROM documents AS d WHERE d.name = @name", "SELECT", "documents", "SELECT documents")]
    [InlineData("select count(*) from public.\"documents\"", "SELECT", "documents", "SELECT documents")]
    [InlineData("-- tag of FROM nowhere\nSELECT 1 /* FROM nowhere */ FROM ONLY files", "SELECT", "files", "SELECT files")]
    [InlineData("SELECT 'FROM secrets; DROP', E'it\\'s FROM x', $q$ FROM y; $q$, $1 FROM files", "SELECT", "files", "SELECT files")]
    [InlineData(
        "SELECT s.id FROM (SELECT f.id FROM files AS f LIMIT $1) AS s JOIN documents d ON d.id = s.id",
        "SELECT",
        "files",
        "SELECT files"
    )]
    [InlineData(
        "SELECT (SELECT count(*) FROM files), a IS DISTINCT FROM b FROM documents FOR UPDATE",
        "SELECT",
        "documents",
        "SELECT documents"
    )]
    [InlineData("SELECT EXISTS (SELECT 1 FROM users WHERE email = $1)", "SELECT", "users", "SELECT users")]
    [InlineData("WITH due AS MATERIALIZED (SELECT id FROM tenants) SELECT * FROM due", "SELECT", "tenants", "SELECT tenants")]
    [InlineData(
        "WITH h AS (INSERT INTO heads (p) VALUES ($1) RETURNING p) INSERT INTO log (p) SELECT p FROM h",
        "INSERT",
        "log",
        "INSERT log"
    )]
    [InlineData("INSERT INTO documents (id, name) VALUES ($1, $2) RETURNING id", "INSERT", "documents", "INSERT documents")]
    [InlineData("UPDATE files AS f SET name = 'x' FROM documents AS d WHERE d.id = f.id", "UPDATE", "files", "UPDATE files")]
    [InlineData("DELETE FROM outbox WHERE position <= $1", "DELETE", "outbox", "DELETE outbox")]
    [InlineData("LOCK TABLE consumed_events IN ACCESS EXCLUSIVE MODE", "LOCK", "consumed_events", "LOCK consumed_events")]
    [InlineData("COPY readings (at, value) FROM STDIN (FORMAT BINARY)", "COPY", "readings", "COPY readings")]
    [InlineData("SELECT pg_notify($1, $2)", "SELECT", null, "SELECT pg_notify")]
    [InlineData("SELECT value FROM unnest($1) AS value", "SELECT", null, "SELECT")]
    [InlineData("SELECT 1;", "SELECT", null, "SELECT")]
    [InlineData("CREATE ROLE \"tenant_acme\" LOGIN PASSWORD 'SCRAM-SHA-256$4096'", "CREATE", null, "CREATE ROLE")]
    [InlineData("CREATE DATABASE tenant_acme OWNER acme TEMPLATE template0", "CREATE", null, "CREATE DATABASE")]
    [InlineData("CREATE UNIQUE INDEX IF NOT EXISTS ix ON documents (name)", "CREATE", null, "CREATE INDEX")]
    [InlineData("REVOKE ALL ON documents FROM tenant_acme", "REVOKE", null, "REVOKE")]
    [InlineData("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM tenant_acme", "ALTER", null, "ALTER PRIVILEGES")]
    [InlineData("DO $$ BEGIN DROP ROLE acme; END $$", "DO", null, "DO")]
    [InlineData(
        "INSERT INTO outbox (id) VALUES ($1); INSERT INTO outbox (id) VALUES ($2);",
        "BATCH INSERT",
        "outbox",
        "BATCH INSERT outbox"
    )]
    [InlineData("INSERT INTO files (id) VALUES ($1);\nINSERT INTO outbox (id) VALUES ($2);", "BATCH", null, "INSERT files INSERT outbox")]
    public void A_statement_is_summarized_by_operation_and_table(string sql, string operation, string? table, string text) =>
        Assert.Equal(new SqlSummary(text, operation, table), SqlSummary.Parse(sql));

    [Theory]
    [InlineData("")]
    [InlineData(";;")]
    [InlineData("-- nothing")]
    [InlineData("plantedword FROM documents")]
    [InlineData("'unterminated")]
    [InlineData("\"unterminated")]
    [InlineData("$tag$ unterminated")]
    [InlineData("/* unterminated")]
    public void An_invalid_statement_has_no_summary(string sql) => Assert.Null(SqlSummary.Parse(sql));

    [Fact]
    public void The_summary_of_many_statements_is_truncated()
    {
        var sql = string.Join(';', Enumerable.Range(0, 100).Select(number => $"UPDATE table_{number} SET a = 1"));

        Assert.InRange(SqlSummary.Parse(sql)!.Text.Length, 200, 255);
    }
}
