using System.Collections.Frozen;

namespace SaaS.ServiceDefaults;

/// <summary>The operation of an SQL statement, and its table or the kind of object that it creates, alters or drops.</summary>
internal readonly record struct SqlStatement(string Operation, string? Target, bool IsTable)
{
    // Only these keywords become span names: anything else could contain a value.
    private static readonly FrozenSet<string> Operations = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "WITH",
        "COPY",
        "TRUNCATE",
        "LOCK",
        "VALUES",
        "CREATE",
        "ALTER",
        "DROP",
        "GRANT",
        "REVOKE",
        "COMMENT",
        "REASSIGN",
        "ANALYZE",
        "VACUUM",
        "REINDEX",
        "REFRESH",
        "BEGIN",
        "START",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SET",
        "RESET",
        "SHOW",
        "DISCARD",
        "LISTEN",
        "UNLISTEN",
        "NOTIFY",
        "CALL",
        "DO",
        "EXPLAIN",
        "FETCH",
        "DECLARE",
        "CLOSE"
    );

    private static readonly FrozenSet<string> Kinds = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "TABLE",
        "INDEX",
        "DATABASE",
        "ROLE",
        "USER",
        "SCHEMA",
        "EXTENSION",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "VIEW",
        "SEQUENCE",
        "TYPE",
        "DOMAIN",
        "POLICY",
        "SYSTEM",
        "PRIVILEGES"
    );

    public string? Table => IsTable ? Target : null;

    public override string ToString() => Target is null ? Operation : $"{Operation} {Target}";

    /// <summary>Reads up to the next semicolon outside parentheses and skips what it does not recognise.</summary>
    public static bool TryRead(ref SqlTokens tokens, out SqlStatement statement)
    {
        statement = default;
        var reader = new Reader();
        while (tokens.TryNext(out var token))
        {
            if (token.IsSymbol(';') && reader.Depth == 0)
            {
                if (reader.TryGetStatement(out statement))
                {
                    return true;
                }

                reader = new Reader();
                continue;
            }

            reader.Add(token, ref tokens);
        }

        return reader.TryGetStatement(out statement);
    }

    private ref struct Reader()
    {
        private readonly HashSet<string> _withQueries = new(StringComparer.OrdinalIgnoreCase);
        private string? _operation;
        private bool _isFirst = true;
        private bool _isWith;
        private bool _isAfterDistinct;
        private string? _target;
        private string? _nested;
        private string? _function;
        private string? _kind;

        public int Depth { get; private set; }

        // REVOKE … FROM names a role, and a role may be a tenant's.
        private readonly bool HasTable =>
            _isWith || _operation is "SELECT" or "INSERT" or "DELETE" or "MERGE" or "COPY" or "DECLARE" or "EXPLAIN";

        public readonly bool TryGetStatement(out SqlStatement statement)
        {
            var table = _target ?? _nested;
            statement = _operation is null
                ? default
                : new SqlStatement(_operation, table ?? _kind ?? _function, IsTable: table is not null);
            return _operation is not null;
        }

        public void Add(SqlToken token, ref SqlTokens tokens)
        {
            Depth = Math.Max(
                0,
                Depth
                    + (
                        token.IsSymbol('(') ? 1
                        : token.IsSymbol(')') ? -1
                        : 0
                    )
            );
            if (!token.IsWord)
            {
                return;
            }

            var isFirst = _isFirst;
            _isFirst = false;
            if (isFirst || _isWith && Depth == 0)
            {
                ReadOperation(token, isFirst, ref tokens);
            }
            else if (_operation is "CREATE" or "ALTER" or "DROP")
            {
                _kind ??= !token.IsQuoted && Kinds.TryGetValue(token.Text, out var kind) ? kind : null;
            }
            else if (_target is null && HasTable && (token.Is("FROM") && !_isAfterDistinct || token.Is("INTO")))
            {
                ReadTable(ref tokens, isFunctionPossible: token.Is("FROM"));
            }

            _isAfterDistinct = token.Is("DISTINCT"); // IS DISTINCT FROM names no table
        }

        private void ReadOperation(SqlToken token, bool isFirst, ref SqlTokens tokens)
        {
            if (
                token.IsQuoted
                || !Operations.TryGetValue(token.Text, out var operation)
                || !isFirst && operation is not ("SELECT" or "INSERT" or "UPDATE" or "DELETE" or "MERGE")
            )
            {
                if (_isWith)
                {
                    _withQueries.Add(token.Text);
                }

                return;
            }

            _isWith = operation is "WITH";
            if (_isWith)
            {
                return;
            }

            _operation = operation;
            if (operation is "UPDATE" or "TRUNCATE" or "LOCK" or "COPY")
            {
                ReadTable(ref tokens, isFunctionPossible: false);
            }
            else if (operation is "SELECT" && tokens.TryPeekFunction(out var function))
            {
                _function = function;
            }
        }

        private void ReadTable(ref SqlTokens tokens, bool isFunctionPossible)
        {
            if (!tokens.TryReadTable(isFunctionPossible, out var table) || _withQueries.Contains(table))
            {
                return;
            }

            if (Depth == 0)
            {
                _target = table;
            }
            else
            {
                _nested ??= table;
            }
        }
    }
}
