using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

/// <summary>
/// Tests the session cache of one process. It has its own backing services, because it would otherwise be notified of sessions that other
/// tests end.
/// </summary>
public sealed class SessionCacheTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const int Capacity = 100_000;

    private static readonly DateTimeOffset Far = DateTimeOffset.MaxValue;
    private static readonly TimeSpan Lifetime = new SessionOptions().CheckLifetime;

    [Fact]
    public async Task A_user_is_cached_for_a_time_and_not_beyond_the_session()
    {
        var clock = new ShiftedClock();
        await using var api = cluster.NewApi(clock);
        var cache = await StartAsync(api);
        var (user, expiring) = (NewCurrentUser(), NewCurrentUser());
        cache.Add(user, Far, cache.EndCount);
        cache.Add(expiring, clock.GetUtcNow() + (Lifetime / 3), cache.EndCount);
        Assert.Equal((user, expiring), (Find(cache, user), Find(cache, expiring)));
        Assert.Null(cache.Find(expiring.UserId, user.SessionId)); // a session of another account

        clock.Ahead = Lifetime / 2;
        Assert.Equal((user, null), (Find(cache, user), Find(cache, expiring)));
        clock.Ahead = Lifetime;
        Assert.Null(Find(cache, user));
    }

    [Fact]
    public async Task A_user_read_before_a_session_end_is_not_cached()
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        var cache = await StartAsync(api);
        var (ended, read) = (NewCurrentUser(), NewCurrentUser());
        cache.Add(ended, Far, cache.EndCount);
        var before = cache.EndCount;
        cache.Evict(ended.SessionId);
        cache.Add(read, Far, before);
        Assert.Equal((null, null), (Find(cache, ended), Find(cache, read)));

        cache.Add(read, Far, cache.EndCount);
        Assert.Equal(read, Find(cache, read));
    }

    /// <summary>
    /// The notification is for the other processes. The process that ends a session, or a session opened from it, does not wait for it.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_process_evicts_its_own_ended_session_without_a_notification(int used)
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        await StartAsync(api);
        var parent = await TestUser.RegisterAsync(api);
        var child = await TestUser.LogInAsync(api, parent.Email);
        await cluster.InDatabaseAsync(
            "saas_platform",
            $"UPDATE sessions SET parent_id = (SELECT id FROM sessions WHERE user_id = '{parent.Id}' ORDER BY id LIMIT 1) WHERE id = (SELECT id FROM sessions WHERE user_id = '{parent.Id}' ORDER BY id DESC LIMIT 1)"
        );
        var client = new[] { parent, child }[used].Http;
        using (var before = await client.GetAsync("/api/users/me"))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode); // the session is cached now
        }

        await cluster.InDatabaseAsync("saas_platform", "ALTER TABLE sessions DISABLE TRIGGER USER");
        try
        {
            using var ended = await parent.Http.PostAsync("/api/auth/logout", content: null);
            Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
            using var after = await client.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        }
        finally
        {
            await cluster.InDatabaseAsync("saas_platform", "ALTER TABLE sessions ENABLE TRIGGER USER");
        }
    }

    [Fact]
    public async Task A_process_without_notifications_caches_no_user()
    {
        var direct = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-platform"));
        await using var proxy = FaultProxy.To(direct.Port);
        await using var api = cluster.NewApi(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:saas-platform"] = new NpgsqlConnectionStringBuilder(direct.ConnectionString)
                {
                    Port = proxy.Port,
                }.ConnectionString,
                ["Sessions:CheckLifetime"] = "00:01:00", // longer than this test waits
            }
        );
        var cache = await StartAsync(api);
        var (before, meanwhile) = (NewCurrentUser(), NewCurrentUser());
        cache.Add(before, Far, cache.EndCount);

        proxy.SetFault(Fault.Cut);
        await Eventually.HoldsAsync(
            () => Task.FromResult(Find(cache, before) is null),
            "a user stays cached without notifications",
            timeout: TimeSpan.FromSeconds(30)
        );
        cache.Add(meanwhile, Far, cache.EndCount);
        Assert.Null(Find(cache, meanwhile));

        proxy.SetFault(Fault.None);
        await IsCachingAsync(cache);
    }

    [Fact]
    public async Task A_full_cache_evicts_expired_entries_first()
    {
        var clock = new ShiftedClock();
        await using var api = cluster.NewApi(clock);
        var cache = await StartAsync(api);
        Fill(Capacity / 2);
        clock.Ahead = Lifetime;
        var first = Fill(Capacity / 2); // up to the capacity and beyond: expired entries are removed first
        Assert.Equal(first, Find(cache, first));

        Fill((Capacity / 2) + 10);
        Assert.Null(Find(cache, first));
        var last = Fill(1);
        Assert.Equal(last, Find(cache, last));

        CurrentUser Fill(int count)
        {
            var one = NewCurrentUser();
            cache.Add(one, Far, cache.EndCount);
            for (var more = 1; more < count; more++)
            {
                cache.Add(NewCurrentUser(), Far, cache.EndCount);
            }

            return one;
        }
    }

    private static async Task<SessionCache> StartAsync(ApiUnderTest api)
    {
        api.Start();
        var cache = api.Services.GetRequiredService<SessionCache>();
        await IsCachingAsync(cache);
        return cache;
    }

    private static async Task IsCachingAsync(SessionCache cache)
    {
        var user = NewCurrentUser();
        await Eventually.HoldsAsync(
            () =>
            {
                cache.Add(user, Far, cache.EndCount);
                return Task.FromResult(Find(cache, user) is not null);
            },
            "no user is cached"
        );
    }

    private static CurrentUser? Find(SessionCache cache, CurrentUser user) => cache.Find(user.UserId, user.SessionId);

    private static CurrentUser NewCurrentUser() =>
        new(
            Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
            Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
            IsPlatformAdmin: false,
            MustChangePassword: false,
            SignInMethod.Password,
            RestrictedToTenantId: null
        );
}
