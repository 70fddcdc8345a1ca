using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Opens connections to the control database. When PostgreSQL rejects the password, which an operator may have just changed, it reads the
/// secrets again and retries once; the interceptor applies this to the DbContexts, too.
/// </summary>
public sealed class PostgresSignIn : DbConnectionInterceptor
{
    private readonly SecretsRefresh _secrets;

    internal PostgresSignIn(RolePassword control, SecretsRefresh secrets) => (Control, _secrets) = (control, secrets);

    internal RolePassword Control { get; }

    public async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var connection = source.CreateConnection();
        try
        {
            await RetryAsync(Control, () => connection.OpenAsync(ct), ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    )
    {
        if (result.IsSuppressed)
        {
            return result;
        }

        await RetryAsync(Control, () => connection.OpenAsync(cancellationToken), cancellationToken);
        return InterceptionResult.Suppress();
    }

    /// <param name="password">The password that <paramref name="open"/> authenticates with.</param>
    internal async Task RetryAsync(RolePassword password, Func<Task> open, CancellationToken ct)
    {
        var tried = password.Current;
        try
        {
            await open();
        }
        catch (PostgresException e) when (PostgresFailures.IsLoginRejected(e))
        {
            if (password.Current == tried)
            {
                await _secrets.RefreshAsync(ct);
            }

            password.ReportRejected(tried);
            await open();
        }
    }
}
