using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>Connections that are kept, because to open one starts a process of PostgreSQL.</summary>
internal sealed class OpenConnections : IAsyncDisposable
{
    internal List<NpgsqlConnection> All { get; } = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in All)
        {
            await connection.DisposeAsync();
        }
    }
}
