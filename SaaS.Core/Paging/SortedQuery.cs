using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using SaaS.Core.Http;

namespace SaaS.Core.Paging;

/// <summary>Sorts a query so that it can be read page by page.</summary>
internal static class SortedQuery
{
    /// <param name="rows">The entries of the list.</param>
    /// <param name="keys">Two or more columns that are never null and together unique; should have an index in the same order.</param>
    public static SortedQuery<T> SortBy<T>(this IQueryable<T> rows, params IReadOnlyList<Expression<Func<T, object>>> keys) =>
        new(rows, isDescending: false, keys);

    /// <inheritdoc cref="SortBy"/>
    public static SortedQuery<T> SortByDescending<T>(this IQueryable<T> rows, params IReadOnlyList<Expression<Func<T, object>>> keys) =>
        new(rows, isDescending: true, keys);
}

/// <summary>
/// Reads pages of a sorted query by cursor or by number. A cursor costs the same at any depth and is not affected by writes before it; page
/// numbers reach only the first <see cref="PageLimits.MaxReachedByNumber"/> entries.
/// </summary>
internal sealed class SortedQuery<T>
{
    private readonly IQueryable<T> _rows;
    private readonly bool _isDescending;
    private readonly LambdaExpression[] _keys;
    private readonly Type[] _types;

    private Func<CancellationToken, Task<int>> _countAsync;
    private IQueryable<long>? _counter;
    private Func<IQueryable<T>, IQueryable<T>>? _filter;
    private int _window;

    public SortedQuery(IQueryable<T> rows, bool isDescending, IReadOnlyList<Expression<Func<T, object>>> keys)
    {
        (_rows, _isDescending) = (rows, isDescending);
        _countAsync = ct => CountAsync(Candidates(after: null), ct);
        _keys =
        [
            .. keys.Select(key =>
                Expression.Lambda(
                    key.Body is UnaryExpression { NodeType: ExpressionType.Convert } boxed ? boxed.Operand : key.Body,
                    key.Parameters
                )
            ),
        ];
        _types = [.. _keys.Select(key => key.ReturnType)];
    }

    /// <summary>Reads the total from a stored counter, in the statement that reads the page.</summary>
    /// <param name="counter">A query that returns the counter as its only row.</param>
    public SortedQuery<T> WithTotalFrom(IQueryable<long> counter)
    {
        _counter = counter;
        return this;
    }

    /// <summary>Counts other rows for the total, which have the same number and cost less to count.</summary>
    public SortedQuery<T> WithTotalFrom<TOther>(IQueryable<TOther> rows)
        where TOther : class
    {
        _countAsync = ct => CountAsync(rows, ct);
        return this;
    }

    /// <summary>
    /// Applies a filter without an index to a limited number of rows. A page can then have fewer entries than its size although more
    /// follow.
    /// </summary>
    /// <param name="window">The number of rows from the current position that are filtered.</param>
    /// <param name="filter">The filter.</param>
    public SortedQuery<T> FilterWithin(int window, Func<IQueryable<T>, IQueryable<T>> filter)
    {
        (_window, _filter) = (window, filter);
        return this;
    }

    /// <summary>Reads one page.</summary>
    /// <param name="request">The page.</param>
    /// <param name="view">The projection of an entry.</param>
    /// <param name="ct">Cancels the query.</param>
    public async Task<Result<Page<TView>>> ReadAsync<TView>(PageRequest request, Expression<Func<T, TView>> view, CancellationToken ct)
    {
        if (PageLimits.Check(request) is { } problem)
        {
            return problem;
        }

        object[]? after = null;
        if (request.Cursor is not null && (after = Cursor.TryDecode(request.List, request.Cursor, _types)) is null)
        {
            return PageLimits.InvalidCursor;
        }

        var skipped = after is null ? (request.Number - 1) * request.Size : 0;
        // One more entry than the page size shows whether there is a next page.
        var found = await Sort(Candidates(after))
            .Skip(skipped)
            .Take(request.Size + 1)
            .Select(Project(view, withTotal: after is null))
            .ToListAsync(ct);
        var hasMore = found.Count > request.Size;
        var shown = hasMore ? found[..^1] : found;
        return new Page<TView>(
            shown.ConvertAll(row => row.View),
            after is null ? await CountAsync(request, skipped, found, hasMore, ct) : null,
            hasMore ? Cursor.Encode(request.List, shown[^1].Key) : null
        );
    }

    private async Task<Pagination> CountAsync<TView>(
        PageRequest request,
        int skipped,
        List<Row<TView>> found,
        bool hasMore,
        CancellationToken ct
    )
    {
        if (_counter is not null)
        {
            return Pagination.Create(request, found is [var first, ..] ? first.Total : await _counter.SingleAsync(ct), isCapped: false);
        }

        var pagination = await PageLimits.CountAsync(request, skipped, found.Count, () => _countAsync(ct));
        return _filter is not null && hasMore ? pagination with { TotalIsCapped = true } : pagination;
    }

    private static Task<int> CountAsync<TOther>(IQueryable<TOther> rows, CancellationToken ct) =>
        rows.Take(PageLimits.MaxCounted + 1).CountAsync(ct);

    private IQueryable<T> Candidates(object[]? after)
    {
        var rows = after is null ? _rows : _rows.Where(IsAfter(after));
        return _filter is null ? rows : _filter(Sort(rows).Take(_window));
    }

    private IQueryable<T> Sort(IQueryable<T> rows) =>
        _keys
            .Select((key, index) => (key, index))
            .Aggregate(
                rows,
                (sorted, one) =>
                {
                    var name =
                        (one.index == 0 ? nameof(Queryable.OrderBy) : nameof(Queryable.ThenBy)) + (_isDescending ? "Descending" : "");
                    return sorted.Provider.CreateQuery<T>(
                        Expression.Call(
                            typeof(Queryable),
                            name,
                            [typeof(T), one.key.ReturnType],
                            sorted.Expression,
                            Expression.Quote(one.key)
                        )
                    );
                }
            );

    // A row comparison, which can use an index on the keys; the values are parameters of the statement.
    private Expression<Func<T, bool>> IsAfter(object[] after)
    {
        var row = Expression.Parameter(typeof(T), "row");
        var position = Expression.Property(Expression.Constant(new Position(after)), nameof(Position.Key));
        var keys = _keys.Select(key => GetBody(key, row));
        var values = _types.Select(
            (type, index) => (Expression)Expression.Convert(Expression.ArrayIndex(position, Expression.Constant(index)), type)
        );
        var comparison = _isDescending ? nameof(NpgsqlDbFunctionsExtensions.LessThan) : nameof(NpgsqlDbFunctionsExtensions.GreaterThan);
        var compared = Expression.Call(
            typeof(NpgsqlDbFunctionsExtensions),
            comparison,
            [],
            Expression.Property(null, typeof(EF), nameof(EF.Functions)),
            CreateTuple(keys),
            CreateTuple(values)
        );
        return Expression.Lambda<Func<T, bool>>(compared, row);
    }

    private UnaryExpression CreateTuple(IEnumerable<Expression> parts) =>
        Expression.Convert(
            Expression.Call(typeof(ValueTuple), nameof(ValueTuple.Create), _types, [.. parts]),
            typeof(System.Runtime.CompilerServices.ITuple)
        );

    private Expression<Func<T, Row<TView>>> Project<TView>(Expression<Func<T, TView>> view, bool withTotal)
    {
        var row = view.Parameters[0];
        var key = Expression.NewArrayInit(typeof(object), _keys.Select(part => Expression.Convert(GetBody(part, row), typeof(object))));
        List<MemberBinding> bindings =
        [
            Expression.Bind(typeof(Row<TView>).GetProperty(nameof(Row<TView>.View))!, view.Body),
            Expression.Bind(typeof(Row<TView>).GetProperty(nameof(Row<TView>.Key))!, key),
        ];
        if (withTotal && _counter is { } counter)
        {
            Expression<Func<long>> total = () => counter.Single();
            bindings.Add(Expression.Bind(typeof(Row<TView>).GetProperty(nameof(Row<TView>.Total))!, total.Body));
        }

        return Expression.Lambda<Func<T, Row<TView>>>(Expression.MemberInit(Expression.New(typeof(Row<TView>)), bindings), row);
    }

    private static Expression GetBody(LambdaExpression key, ParameterExpression row) =>
        ReplacingExpressionVisitor.Replace(key.Parameters[0], row, key.Body);

    private sealed record Position(object[] Key);

    private sealed class Row<TView>
    {
        public TView View { get; init; } = default!;

        public object[] Key { get; init; } = [];

        public long Total { get; init; }
    }
}
