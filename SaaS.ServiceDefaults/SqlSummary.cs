namespace SaaS.ServiceDefaults;

/// <summary>
/// A summary of SQL with low cardinality: https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
/// </summary>
/// <param name="Text">Operation and table, such as <c>SELECT documents</c>; for several statements, those of each distinct one.</param>
/// <param name="Operation">The operation; for several statements <c>BATCH</c>, followed by the operation if all are equal.</param>
/// <param name="Collection">The table; null for none, or more than one.</param>
internal sealed record SqlSummary(string Text, string Operation, string? Collection)
{
    private const int MaxLength = 255;

    /// <returns>Null when no statement is recognised.</returns>
    public static SqlSummary? Parse(string sql)
    {
        var statements = new List<SqlStatement>();
        var tokens = new SqlTokens(sql);
        while (SqlStatement.TryRead(ref tokens, out var statement))
        {
            statements.Add(statement);
        }

        return statements switch
        {
            [] => null,
            [var only] => new SqlSummary(only.ToString(), only.Operation, only.Table),
            [var first, ..] when statements.TrueForAll(first.Equals) => new SqlSummary(
                $"BATCH {first}",
                $"BATCH {first.Operation}",
                first.Table
            ),
            _ => new SqlSummary(Join(statements), "BATCH", Collection: null),
        };
    }

    private static string Join(List<SqlStatement> statements)
    {
        var text = "";
        foreach (var statement in statements.Distinct().Select(statement => statement.ToString()))
        {
            if (text.Length + 1 + statement.Length > MaxLength)
            {
                break;
            }

            text = text.Length == 0 ? statement : $"{text} {statement}";
        }

        return text;
    }
}
