using System.Diagnostics.CodeAnalysis;

namespace SaaS.ServiceDefaults;

/// <summary>A word or a symbol of SQL.</summary>
internal readonly record struct SqlToken(string Text, bool IsWord, bool IsQuoted)
{
    public bool Is(string keyword) => IsWord && !IsQuoted && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(char symbol) => !IsWord && Text is [var first] && first == symbol;
}

/// <summary>Reads words and symbols of PostgreSQL's SQL and skips comments, literals, numbers and parameters.</summary>
internal ref struct SqlTokens(string sql)
{
    private readonly string _sql = sql;
    private int _at;

    public bool TryNext(out SqlToken token)
    {
        token = default;
        while (_at < _sql.Length)
        {
            var (start, c) = (_at, _sql[_at]);
            if (char.IsLetter(c) || c == '_')
            {
                Skip(it => char.IsLetterOrDigit(it) || it is '_' or '$');
                if (_at < _sql.Length && _sql[_at] == '\'' && _at - start == 1)
                {
                    SkipLiteral(hasEscapes: c is 'E' or 'e');
                    continue;
                }

                token = new SqlToken(_sql[start.._at], IsWord: true, IsQuoted: false);
                return true;
            }

            switch (c)
            {
                case '"':
                    token = new SqlToken(ReadQuoted(), IsWord: true, IsQuoted: true);
                    return true;
                case '\'':
                    SkipLiteral(hasEscapes: false);
                    break;
                case '-' when Follows('-'):
                    SkipTo("\n");
                    break;
                case '/' when Follows('*'):
                    SkipTo("*/");
                    break;
                case '$':
                    SkipDollar();
                    break;
                case '(' or ')' or ';' or '.':
                    _at++;
                    token = new SqlToken(c.ToString(), IsWord: false, IsQuoted: false);
                    return true;
                case >= '0' and <= '9' or '@':
                    _at++;
                    Skip(it => char.IsLetterOrDigit(it) || it is '_' or '.');
                    break;
                default:
                    _at++;
                    break;
            }
        }

        return false;
    }

    /// <summary>Reads the name of a table without its schema, if one comes next.</summary>
    public bool TryReadTable(bool isFunctionPossible, [NotNullWhen(true)] out string? table)
    {
        table = null;
        while (true)
        {
            var before = _at;
            if (!TryNext(out var token) || !token.IsWord)
            {
                _at = before;
                return table is not null;
            }

            if (token.Is("ONLY") || token.Is("LATERAL") || token.Is("TABLE"))
            {
                continue;
            }

            table = token.Text;
            before = _at;
            if (!TryNext(out var next) || !next.IsSymbol('.'))
            {
                _at = before;
                table = isFunctionPossible && next.IsSymbol('(') ? null : table;
                return table is not null;
            }
        }
    }

    /// <summary>Peeks at the function that is called next, such as in <c>SELECT pg_notify($1, $2)</c>.</summary>
    public readonly bool TryPeekFunction([NotNullWhen(true)] out string? function)
    {
        var ahead = this;
        var isCall =
            ahead.TryNext(out var name) && name is { IsWord: true, IsQuoted: false } && ahead.TryNext(out var next) && next.IsSymbol('(');
        function = isCall ? name.Text : null;
        return isCall;
    }

    private readonly bool Follows(char c) => _at + 1 < _sql.Length && _sql[_at + 1] == c;

    private void Skip(Func<char, bool> belongs)
    {
        while (_at < _sql.Length && belongs(_sql[_at]))
        {
            _at++;
        }
    }

    private void SkipTo(string end)
    {
        var at = _sql.IndexOf(end, _at + 1, StringComparison.Ordinal);
        _at = at < 0 ? _sql.Length : at + end.Length;
    }

    private string ReadQuoted()
    {
        var start = ++_at;
        Skip(it => it != '"');
        var text = _sql[start.._at];
        _at = Math.Min(_at + 1, _sql.Length);
        return text;
    }

    private void SkipLiteral(bool hasEscapes)
    {
        for (_at++; _at < _sql.Length; _at++)
        {
            if (hasEscapes && _sql[_at] == '\\' || _sql[_at] == '\'' && Follows('\''))
            {
                _at++;
            }
            else if (_sql[_at] == '\'')
            {
                _at++;
                return;
            }
        }
    }

    // Either a parameter such as $1, or a literal such as $$…$$ and $tag$…$tag$.
    private void SkipDollar()
    {
        var start = _at++;
        Skip(it => char.IsLetterOrDigit(it) || it == '_');
        if (_at < _sql.Length && _sql[_at] == '$')
        {
            SkipTo(_sql[start..++_at]);
        }
    }
}
