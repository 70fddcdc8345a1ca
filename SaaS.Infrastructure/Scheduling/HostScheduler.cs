using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// The scheduler of this host, created on first use. Quartz caches a failed creation forever, so the store is checked first, and the
/// creation cannot be cancelled by a caller.
/// </summary>
internal sealed class HostScheduler(
    ISchedulerFactory schedulers,
    [FromKeyedServices(HostScheduler.Store)] NpgsqlDataSource store,
    PostgresSignIn signIn
)
{
    /// <summary>The service key of the connections to the store.</summary>
    public const string Store = "quartz";

    private readonly Lock _gate = new();
    private Task<IScheduler>? _making;
    private volatile IScheduler? _made;

    /// <summary>Null until it is created.</summary>
    public IScheduler? Current => _made;

    /// <exception cref="NpgsqlException">The store cannot be reached; try again later.</exception>
    /// <exception cref="SchedulerException">The store does not match this build; the process has to be restarted when it does.</exception>
    public Task<IScheduler> GetAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_making is null or { IsFaulted: true })
            {
                _making = Task.Run(CreateAsync, CancellationToken.None);
            }

            return _making.WaitAsync(ct);
        }
    }

    /// <exception cref="NpgsqlException">The store cannot be reached; try again later.</exception>
    public ValueTask<NpgsqlConnection> OpenStoreAsync(CancellationToken ct) => signIn.OpenAsync(store, ct);

    private async Task<IScheduler> CreateAsync()
    {
        await using (await OpenStoreAsync(CancellationToken.None))
        {
            // The store is available. The connection is returned at once, because the next line needs it.
        }

        return _made = await schedulers.GetScheduler(CancellationToken.None);
    }
}
