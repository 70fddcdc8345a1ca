using Microsoft.EntityFrameworkCore;

namespace SaaS.Core.Access;

/// <summary>
/// The tenant's database that a request holds open. Closed when the answer is made, and once more, for those that come to no
/// answer, when it has been sent: by then it may be somebody else's, so only the first time counts.
/// </summary>
internal sealed class OpenDatabase(DbContext database) : IAsyncDisposable
{
    private int _closed;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? database.DisposeAsync() : ValueTask.CompletedTask;
}
