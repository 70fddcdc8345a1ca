using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>Connections that stay open, because opening one starts a PostgreSQL process.</summary>
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
