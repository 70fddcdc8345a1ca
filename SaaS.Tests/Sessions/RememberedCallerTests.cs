using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Sessions;

/// <summary>The session cache of one process, on engines of its own: elsewhere it hears of the sessions that other tests end.</summary>
public sealed class RememberedCallerTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const int Capacity = 100_000;

    private static readonly DateTimeOffset Far = DateTimeOffset.MaxValue;
    private static readonly TimeSpan Lifetime = new SessionOptions().CheckLifetime;

    [Fact]
    public async Task A_caller_is_remembered_for_a_time_and_not_beyond_the_session()
    {
        var clock = new ShiftedClock();
        await using var api = cluster.NewApi(clock);
        var remembered = await StartAsync(api);
        var (caller, expiring) = (NewCaller(), NewCaller());
        remembered.Remember(caller, Far, remembered.Ends);
        remembered.Remember(expiring, clock.GetUtcNow() + (Lifetime / 3), remembered.Ends);
        Assert.Equal((caller, expiring), (Find(remembered, caller), Find(remembered, expiring)));
        Assert.Null(remembered.Find(expiring.UserId, caller.SessionId)); // a session of another account

        clock.Ahead = Lifetime / 2;
        Assert.Equal((caller, null), (Find(remembered, caller), Find(remembered, expiring)));
        clock.Ahead = Lifetime;
        Assert.Null(Find(remembered, caller));
    }

    [Fact]
    public async Task What_was_read_before_a_session_ended_is_not_remembered()
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        var remembered = await StartAsync(api);
        var (ended, read) = (NewCaller(), NewCaller());
        remembered.Remember(ended, Far, remembered.Ends);
        var before = remembered.Ends;
        remembered.Forget(ended.SessionId);
        remembered.Remember(read, Far, before);
        Assert.Equal((null, null), (Find(remembered, ended), Find(remembered, read)));

        remembered.Remember(read, Far, remembered.Ends);
        Assert.Equal(read, Find(remembered, read));
    }

    /// <summary>The notification tells the other processes; the one that answers does not wait for it, nor for that of a session opened from this one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_process_that_ends_a_session_needs_no_notification(int used)
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        await StartAsync(api);
        var parent = await TestUser.RegisterAsync(api);
        var child = await TestUser.LogInAsync(api, parent.Email);
        await cluster.InDatabaseAsync(
            "saas_platform",
            $"UPDATE sessions SET parent_id = (SELECT id FROM sessions WHERE user_id = '{parent.Id}' ORDER BY id LIMIT 1) WHERE id = (SELECT id FROM sessions WHERE user_id = '{parent.Id}' ORDER BY id DESC LIMIT 1)");
        var client = new[] { parent, child }[used].Http;
        using (var before = await client.GetAsync("/api/users/me"))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode); // remembered now
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
    public async Task A_process_that_hears_of_no_end_remembers_nobody()
    {
        var direct = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-platform"));
        await using var door = Door.To(direct.Port);
        await using var api = cluster.NewApi(new Dictionary<string, string?>
        {
            ["ConnectionStrings:saas-platform"] = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = door.Port }.ConnectionString,
            ["Sessions:CheckLifetime"] = "00:01:00", // longer than this test waits
        });
        var remembered = await StartAsync(api);
        var (before, meanwhile) = (NewCaller(), NewCaller());
        remembered.Remember(before, Far, remembered.Ends);

        door.Put(Fault.Cut);
        await Eventually.HoldsAsync(() => Task.FromResult(Find(remembered, before) is null), "the process still remembers what it cannot hear the end of", patience: TimeSpan.FromSeconds(30));
        remembered.Remember(meanwhile, Far, remembered.Ends);
        Assert.Null(Find(remembered, meanwhile));

        door.Put(Fault.None);
        await RemembersAsync(remembered);
    }

    [Fact]
    public async Task When_too_many_are_remembered_those_go_first_whose_time_is_over()
    {
        var clock = new ShiftedClock();
        await using var api = cluster.NewApi(clock);
        var remembered = await StartAsync(api);
        Fill(Capacity / 2);
        clock.Ahead = Lifetime;
        var first = Fill(Capacity / 2); // as many as there may be, and some more: those that are over make room
        Assert.Equal(first, Find(remembered, first));

        Fill((Capacity / 2) + 10);
        Assert.Null(Find(remembered, first));
        var last = Fill(1);
        Assert.Equal(last, Find(remembered, last));

        Caller Fill(int count)
        {
            var one = NewCaller();
            remembered.Remember(one, Far, remembered.Ends);
            for (var more = 1; more < count; more++)
            {
                remembered.Remember(NewCaller(), Far, remembered.Ends);
            }

            return one;
        }
    }

    private static async Task<RememberedCallers> StartAsync(ApiUnderTest api)
    {
        api.Start();
        var remembered = api.Services.GetRequiredService<RememberedCallers>();
        await RemembersAsync(remembered);
        return remembered;
    }

    private static async Task RemembersAsync(RememberedCallers remembered)
    {
        var caller = NewCaller();
        await Eventually.HoldsAsync(
            () =>
            {
                remembered.Remember(caller, Far, remembered.Ends);
                return Task.FromResult(Find(remembered, caller) is not null);
            },
            "nobody is remembered");
    }

    private static Caller? Find(RememberedCallers remembered, Caller caller) => remembered.Find(caller.UserId, caller.SessionId);

    private static Caller NewCaller() => new(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Guid.CreateVersion7(DateTimeOffset.UnixEpoch), IsPlatformAdmin: false, MustChangePassword: false, SignInMethod.Password, OnlyTenantId: null);
}
