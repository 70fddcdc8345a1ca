using Microsoft.EntityFrameworkCore;

namespace SaaS.Core.Access;

/// <summary>
/// The tenant's database that a request holds open. It is disposed before the response is sent and, for requests without a response,
/// at the end of the request; only the first call counts, because another request may use the context by then.
/// </summary>
internal sealed class OpenDatabase(DbContext database) : IAsyncDisposable
{
    private int _closed;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? database.DisposeAsync() : ValueTask.CompletedTask;
}
