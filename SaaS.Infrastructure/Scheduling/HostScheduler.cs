using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// The scheduler of this host, made when it is first asked for. Quartz makes one once: had its store been away at that moment, or whoever
/// asked first gone away, it could never be used. So the store is asked first, and whoever asks waits for what nobody interrupts.
/// </summary>
internal sealed class HostScheduler(
    ISchedulerFactory schedulers, [FromKeyedServices(HostScheduler.Store)] NpgsqlDataSource store, PostgresSignIn signIn)
{
    /// <summary>The connections to the store, by this key.</summary>
    public const string Store = "quartz";

    private readonly Lock _gate = new();
    private Task<IScheduler>? _making;
    private volatile IScheduler? _made;

    /// <summary>Null until it is made.</summary>
    public IScheduler? Made => _made;

    /// <exception cref="NpgsqlException">The store cannot be reached; ask again later.</exception>
    /// <exception cref="SchedulerException">The store is not what this build needs. Another process has to be started when it is.</exception>
    public Task<IScheduler> GetAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_making is null or { IsFaulted: true })
            {
                _making = Task.Run(MakeAsync, CancellationToken.None);
            }

            return _making.WaitAsync(ct);
        }
    }

    /// <summary>Opens a connection to the store.</summary>
    /// <exception cref="NpgsqlException">The store cannot be reached; ask again later.</exception>
    public ValueTask<NpgsqlConnection> OpenStoreAsync(CancellationToken ct) => signIn.OpenAsync(store, ct);

    private async Task<IScheduler> MakeAsync()
    {
        await using (await OpenStoreAsync(CancellationToken.None))
        {
            // It is there. The connection is given back at once: the next line needs it, and there may be no other.
        }

        return _made = await schedulers.GetScheduler(CancellationToken.None);
    }
}
