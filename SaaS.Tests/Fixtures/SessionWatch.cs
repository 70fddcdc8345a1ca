using Npgsql;

namespace SaaS.Tests.Fixtures;

/// <summary>Polls continuously how many sessions of an API the PostgreSQL server reports in these databases.</summary>
internal sealed class SessionWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private Task<int> _looking = Task.FromResult(0);

    public static async Task<SessionWatch> StartAsync(SaaSApp app, IEnumerable<string> databases)
    {
        var watch = new SessionWatch();
        var connection = await OpenAsync(app);
        watch._looking = Task.Run(() => watch.LookAsync(connection, [.. databases]));
        return watch;
    }

    public static async Task<int> CountAsync(SaaSApp app, string[] databases)
    {
        await using var connection = await OpenAsync(app);
        return await CountAsync(connection, databases);
    }

    /// <returns>The maximum number of concurrent sessions.</returns>
    public async Task<int> StopAsync()
    {
        await _end.CancelAsync();
        return await _looking;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task<int> LookAsync(NpgsqlConnection connection, string[] databases)
    {
        await using var _ = connection;
        var most = 0;
        do
        {
            most = Math.Max(most, await CountAsync(connection, databases));
        } while (!_end.IsCancellationRequested);
        return most;
    }

    private static async Task<int> CountAsync(NpgsqlConnection connection, string[] databases)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*)::int FROM pg_stat_activity WHERE datname = ANY($1) AND application_name = 'SaaS.Api'",
            connection
        )
        {
            Parameters = { new() { Value = databases } },
        };
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<NpgsqlConnection> OpenAsync(SaaSApp app)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:postgres"))
            {
                Pooling = false,
                ApplicationName = "test",
            }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }
}
