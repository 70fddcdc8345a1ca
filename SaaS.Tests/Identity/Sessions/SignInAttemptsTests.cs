using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Infrastructure.Redis;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

/// <summary>
/// Tests that password guessing is slowed down, also in parallel and from many addresses, and that others cannot lock a user out.
/// </summary>
public sealed class SignInAttemptsTests(SaaSApp app)
{
    private static readonly AttemptLimit Limit = new(Free: 5, InitialDelay: TimeSpan.FromSeconds(1), MaxDelay: TimeSpan.FromMinutes(15));

    // Behind a trusted proxy, so that each test can use client addresses of its own.
    private static Dictionary<string, string?> BehindProxy =>
        new() { ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8", ["SignIn:FreeAttemptsPerAddress"] = "30" };

    [Fact]
    public async Task After_failed_attempts_even_the_correct_password_must_wait()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(BehindProxy, clock);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, user.Email, "Wrong1234", place));
        }

        using var client = From(api, place);
        using var refused = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        Assert.Equal("TOO_MANY_ATTEMPTS", await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 15 * 60);

        clock.Ahead += refused.Headers.RetryAfter.Delta.Value;
        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, user.Email, TestUser.Password, place));
        // The count has started at zero again.
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, user.Email, "Wrong1234", place));
    }

    [Fact]
    public async Task Concurrent_guesses_do_not_exceed_the_free_attempts()
    {
        await using var api = app.StartApi(BehindProxy);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TryAsync(api, user.Email, "Wrong1234", place)));

        Assert.Equal(5, answers.Count(status => status is HttpStatusCode.Unauthorized));
        Assert.Equal(95, answers.Count(status => status is HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Distributed_guessing_is_throttled_but_not_from_a_known_address()
    {
        await using var api = app.StartApi(BehindProxy);
        var user = await TestUser.RegisterAsync(api);
        var (home, elsewhere) = (NewPlace(), NewPlace());
        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, user.Email, TestUser.Password, home));

        for (var i = 0; i < 20; i++)
        {
            await TryAsync(api, user.Email, "Wrong1234", NewPlace());
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync(api, user.Email, "Wrong1234", elsewhere));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, user.Email, TestUser.Password, home));
    }

    [Fact]
    public async Task An_address_that_tries_many_accounts_is_throttled()
    {
        await using var api = app.StartApi(BehindProxy);
        var place = NewPlace();
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, TestUser.NewEmail(), "Wrong1234", place));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync(api, TestUser.NewEmail(), "Wrong1234", place));
    }

    [Fact]
    public async Task A_successful_sign_in_does_not_reset_the_limit_of_the_address()
    {
        await using var api = app.StartApi(BehindProxy);
        var own = await TestUser.RegisterAsync(api);
        var place = NewPlace();
        for (var i = 0; i < 29; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, TestUser.NewEmail(), "Wrong1234", place));
        }

        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, own.Email, TestUser.Password, place));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, TestUser.NewEmail(), "Wrong1234", place));
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync(api, TestUser.NewEmail(), "Wrong1234", place));
    }

    [Fact]
    public async Task Attempts_at_an_unknown_account_are_counted_like_any_other()
    {
        await using var api = app.StartApi(BehindProxy);
        var (email, place) = (TestUser.NewEmail(), NewPlace());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, email, "Wrong1234", place));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync(api, email, "Wrong1234", place));
    }

    [Fact]
    public async Task Concurrent_sign_ins_with_the_correct_password_all_succeed()
    {
        await using var api = app.StartApi(BehindProxy);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TryAsync(api, user.Email, TestUser.Password, place)));
        Assert.Equal(Enumerable.Repeat(HttpStatusCode.OK, 20), answers);
    }

    [Fact]
    public async Task An_attempt_during_a_database_outage_is_not_counted()
    {
        await using var proxy = ProxyToPostgres(out var settings);
        await using var api = app.StartApi(settings);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();

        proxy.SetFault(Fault.Cut);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await TryAsync(api, user.Email, TestUser.Password, place));
        }

        using var signedIn = api.NewClient(user.AccessToken);
        for (var i = 0; i < 10; i++)
        {
            var passwords = new { current_password = TestUser.Password, new_password = "Other1843" };
            using var changed = await signedIn.PutAsJsonAsync("/api/users/me/password", passwords);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, changed.StatusCode);
        }

        proxy.SetFault(Fault.None);
        var first = HttpStatusCode.ServiceUnavailable;
        await Eventually.HoldsAsync(
            async () => (first = await TryAsync(api, user.Email, TestUser.Password, place)) is not HttpStatusCode.ServiceUnavailable,
            "PostgreSQL is not used again"
        );
        Assert.Equal(HttpStatusCode.OK, first);
    }

    [Fact]
    public async Task An_attempt_cancelled_before_the_comparison_is_not_counted()
    {
        await using var proxy = ProxyToPostgres(out var settings);
        await using var api = app.StartApi(settings);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();
        var attempts = api.Services.GetRequiredService<AttemptCounters>();
        var account = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user.Email)))[..32];
        var counter = new AttemptCounter($"attempts:{account}:{place}", Limit with { Free = 1 });

        proxy.SetFault(Fault.Silent);
        using var leave = new CancellationTokenSource();
        using var client = From(api, place);
        var signIn = new { email = user.Email, password = TestUser.Password };
        var waiting = Enumerable.Range(0, 5).Select(_ => client.PostAsJsonAsync("/api/auth/login", signIn, leave.Token)).ToList();
        await Eventually.HoldsAsync(IsBusyAsync, "no attempt has begun");
        await leave.CancelAsync();
        foreach (var one in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(async () => !await IsBusyAsync(), "an attempt whose client has gone still runs");
        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, user.Email, TestUser.Password, place));

        async Task<bool> IsBusyAsync()
        {
            var (hasBegun, _) = await attempts.BeginAsync("probe", [counter], deciding: 1, TimeSpan.FromMinutes(1));
            if (hasBegun)
            {
                await attempts.EndAsync("probe", [(counter, AttemptOutcome.Discarded)], TimeSpan.FromMinutes(1));
            }

            return !hasBegun;
        }
    }

    [Fact]
    public async Task Redis_and_in_memory_counters_decide_alike()
    {
        await using var alone = app.StartApi(new() { ["ConnectionStrings:redis"] = $"127.0.0.1:{Ports.FreeOr(0)},password=none" });
        var (shared, own) = (app.Services.GetRequiredService<AttemptCounters>(), alone.Services.GetRequiredService<AttemptCounters>());
        var limit = Limit with { InitialDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) }; // longer than the test takes
        foreach (var acts in Gen.Int[0, 23].Array[40].Array[10].Single())
        {
            AttemptCounter[] counters =
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(number => new AttemptCounter($"attempts:{Path.GetRandomFileName()}", limit with { Free = 3 + (2 * number) })),
            ];
            foreach (var act in acts)
            {
                var (id, deciding, outcome) = ($"{act % 6}", act % 3 == 0 ? 1 : 3, (AttemptOutcome)(act % 3));
                if (act < 12)
                {
                    var there = await shared.BeginAsync(id, counters, deciding, TimeSpan.FromHours(2));
                    var here = await own.BeginAsync(id, counters, deciding, TimeSpan.FromHours(2));
                    Assert.Equal(there.HasBegun, here.HasBegun);
                    Assert.Equal(Shape(there.Counters), Shape(here.Counters));
                }
                else
                {
                    var ends = counters.Select(counter => (counter, outcome)).ToList();
                    await shared.EndAsync(id, ends, TimeSpan.FromHours(2));
                    await own.EndAsync(id, ends, TimeSpan.FromHours(2));
                }
            }
        }

        static IEnumerable<(bool IsBusy, bool Pauses)> Shape(IEnumerable<AttemptAdmission> admissions) =>
            admissions.Select(admission => (admission.IsBusy, admission.Pause > TimeSpan.Zero));
    }

    [Fact]
    public void The_delay_never_shrinks_and_never_exceeds_its_maximum() =>
        Gen.Int[1, 200]
            .Sample(attempts =>
            {
                var (now, last) = (0L, TimeSpan.Zero);
                var state = AttemptState.Parse(null, now);
                for (var i = 0; i < attempts; i++)
                {
                    state = state.Begin("one", now + 1).End("one", AttemptOutcome.Failed, Limit, now);
                    var pause = state.PauseAt(now);
                    Assert.True(pause >= last && pause <= Limit.MaxDelay);
                    Assert.Equal(i + 1 < Limit.Free, pause == TimeSpan.Zero);
                    (last, now) = (pause, now + (long)pause.TotalMilliseconds);
                }
            });

    [Fact]
    public void A_serialized_state_is_parsed_and_anything_else_counts_as_zero()
    {
        Gen.Select(Gen.Int[1, 100_000], Gen.Long[0, 4_000_000_000_000], Gen.Int[0, 5])
            .Sample(
                (failures, milliseconds, running) =>
                {
                    var attempts = Enumerable.Range(0, running).ToDictionary(number => $"a{number}", number => 10L + number);
                    var state = new AttemptState(failures, milliseconds, attempts);
                    var read = AttemptState.Parse(state.Serialize(), now: 0);
                    Assert.Equal((failures, milliseconds), (read.Failures, read.NotBefore));
                    Assert.Equal(state.Running.OrderBy(one => one.Key), read.Running.OrderBy(one => one.Key));
                    Assert.Empty(AttemptState.Parse(state.Serialize(), now: 100).Running);
                }
            );
        Gen.String.Sample(text => AttemptState.Parse(text, now: 0).Failures >= 0);
    }

    private FaultProxy ProxyToPostgres(out Dictionary<string, string?> settings)
    {
        var direct = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        var proxy = FaultProxy.To(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = proxy.Port };
        settings = new(BehindProxy) { ["ConnectionStrings:saas-platform"] = through.ConnectionString };
        return proxy;
    }

    private static string NewPlace() =>
        new IPAddress([10, .. Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToByteArray()[^3..]]).ToString();

    private static HttpClient From(ApiUnderTest api, string place)
    {
        var client = api.NewClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", place);
        return client;
    }

    private static async Task<HttpStatusCode> TryAsync(ApiUnderTest api, string email, string password, string place)
    {
        using var client = From(api, place);
        using var answer = await client.PostAsJsonAsync("/api/auth/login", new { email, password });
        return answer.StatusCode;
    }
}
