using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Redis;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>Tests that network faults between the application and Redis have no visible effect on clients.</summary>
public sealed class RedisFaultTests(SaaSApp app)
{
    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Slow)]
    [InlineData(Fault.Garbled)]
    public async Task Requests_are_served_during_a_Redis_fault_and_Redis_is_used_again_afterwards(Fault fault)
    {
        await using var proxy = Open(out var settings);
        await using var api = app.StartApi(settings);
        var user = await TestUser.RegisterAsync(api);
        await Eventually.HoldsAsync(() => IsRedisHealthyAsync(api), "Redis is not used at all");

        proxy.SetFault(fault);
        await ServeAsync(api, user);

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(() => IsRedisHealthyAsync(api), "Redis is not used again");
    }

    [Fact]
    public async Task A_silent_Redis_opens_the_circuit_breaker_while_requests_are_served()
    {
        await using var proxy = Open(out var settings);
        await using var api = app.StartApi(settings);
        var user = await TestUser.RegisterAsync(api);
        var redis = api.Services.GetRequiredService<RedisCalls>();
        Assert.True(redis.IsCircuitClosed);

        proxy.SetFault(Fault.Silent);
        await ServeAsync(api, user);
        Assert.False(redis.IsCircuitClosed);
        Assert.False(await IsRedisHealthyAsync(api));

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(() => Task.FromResult(redis.IsCircuitClosed), "Redis is not asked again");
    }

    private static async Task ServeAsync(ApiUnderTest api, TestUser user)
    {
        using var profile = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, profile.StatusCode);
        using var anonymous = api.NewClient();
        using var wrong = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = "Wrong1234" });
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        await TestUser.LogInAsync(api, user.Email);
    }

    private static async Task<bool> IsRedisHealthyAsync(ApiUnderTest api)
    {
        using var client = api.NewClient();
        using var answer = await client.GetAsync("/health/ready");
        return (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("checks").GetProperty("redis").GetProperty("status").GetString()
            == "healthy";
    }

    private FaultProxy Open(out Dictionary<string, string?> settings)
    {
        var direct = app.Setting("ConnectionStrings:redis");
        var address = direct.Split(',')[0];
        var proxy = FaultProxy.To(int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture));
        settings = new() { ["ConnectionStrings:redis"] = direct.Replace(address, $"127.0.0.1:{proxy.Port}", StringComparison.Ordinal) };
        return proxy;
    }
}
