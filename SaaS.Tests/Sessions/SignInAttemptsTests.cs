using System.Net.Http.Json;
using CsCheck;
using SaaS.Core.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Sessions;

/// <summary>Guessing becomes slow, whoever does it at once or from many places, and nobody is locked out by others.</summary>
public sealed class SignInAttemptsTests(SaaSApp app)
{
    private static readonly AttemptLimit Limit = new(Free: 5, FirstPause: TimeSpan.FromSeconds(1), LongestPause: TimeSpan.FromMinutes(15));

    // Behind a proxy whose word is taken, so that each test can come from places of its own.
    private static Dictionary<string, string?> BehindProxy => new()
    {
        ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8",
        ["SignIn:FreeAttemptsPerAddress"] = "30",
    };

    [Fact]
    public async Task After_some_wrong_passwords_even_the_right_one_has_to_wait_and_then_it_is_heard()
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
        Assert.Equal("TOO_MANY_ATTEMPTS", await refused.ReadRefusalAsync(HttpStatusCode.TooManyRequests));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 15 * 60);

        clock.Ahead += refused.Headers.RetryAfter.Delta.Value;
        Assert.Equal(HttpStatusCode.OK, await TryAsync(api, user.Email, TestUser.Password, place));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(api, user.Email, "Wrong1234", place)); // counted from nothing again
    }

    [Fact]
    public async Task A_hundred_guesses_at_once_are_no_more_than_the_free_ones()
    {
        await using var api = app.StartApi(BehindProxy);
        var user = await TestUser.RegisterAsync(api);
        var place = NewPlace();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TryAsync(api, user.Email, "Wrong1234", place)));

        Assert.Equal(5, answers.Count(status => status is HttpStatusCode.Unauthorized));
        Assert.Equal(95, answers.Count(status => status is HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Guesses_from_many_places_are_slowed_and_the_owner_gets_in_from_where_they_always_do()
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
    public async Task One_place_that_tries_many_accounts_is_slowed()
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
    public async Task An_unknown_address_is_counted_like_a_known_one()
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
    public void A_pause_grows_never_shrinks_and_never_exceeds_the_longest() =>
        Gen.Int[1, 200].Sample(attempts =>
        {
            var now = DateTimeOffset.UnixEpoch;
            var (count, last) = (AttemptCount.None, TimeSpan.Zero);
            for (var i = 0; i < attempts; i++)
            {
                count = count.Begin(Limit, now);
                var wait = count.WaitAt(now);
                Assert.True(wait >= last && wait <= Limit.LongestPause);
                Assert.Equal(i + 1 < Limit.Free, wait == TimeSpan.Zero);
                (last, now) = (wait, now + wait);
            }
        });

    [Fact]
    public void What_is_written_is_read_again_and_anything_else_counts_as_nothing()
    {
        Gen.Select(Gen.Int[1, 100_000], Gen.Long[0, 4_000_000_000_000]).Sample((failures, milliseconds) =>
        {
            var count = new AttemptCount(failures, milliseconds == 0 ? DateTimeOffset.MinValue : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
            Assert.Equal(count, AttemptCount.Read(count.Write()));
        });
        Gen.String.Sample(text => AttemptCount.Read(text).Failures >= 0);
    }

    private static string NewPlace() => new IPAddress([10, .. Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToByteArray()[^3..]]).ToString();

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
