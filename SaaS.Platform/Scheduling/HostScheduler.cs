using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace SaaS.Platform.Scheduling;

/// <summary>
/// The scheduler of this host, made when it is first asked for. Quartz makes one once: had its store been away at that moment, it could
/// never be used. So the store is asked first.
/// </summary>
internal sealed class HostScheduler(ISchedulerFactory schedulers, [FromKeyedServices(HostScheduler.Store)] NpgsqlDataSource store)
{
    /// <summary>The connections to the store, by this key.</summary>
    public const string Store = "quartz";

    private volatile IScheduler? _made;

    /// <summary>Null until somebody has asked for it with success.</summary>
    public IScheduler? Made => _made;

    /// <exception cref="NpgsqlException">The store cannot be reached; ask again later.</exception>
    /// <exception cref="SchedulerException">The store is not what this build needs. Another process has to be started when it is.</exception>
    public async Task<IScheduler> GetAsync(CancellationToken ct)
    {
        if (_made is { } made)
        {
            return made;
        }

        await using (await store.OpenConnectionAsync(ct))
        {
            return _made = await schedulers.GetScheduler(ct); // the same one for everybody
        }
    }
}
