using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using SaaS.Infrastructure.Settings;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>Registers Redis, or a compatible server: short-lived state that all replicas share and that may be lost.</summary>
public static class RedisRegistration
{
    public const string ConnectionName = "redis";

    public static void AddRedis(this IHostApplicationBuilder builder)
    {
        var connectionString =
            builder.Configuration.GetConnectionString(ConnectionName)
            ?? throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} is not set.");

        builder.Services.AddConnectionSetting(ConnectionName, RedisSecrets.RedactConnection);
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ =>
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = false; // the process starts and serves without Redis; each feature decides how
            options.BacklogPolicy = BacklogPolicy.FailFast; // no request waits for a missing Redis
            options.AsyncTimeout = (int)TimeSpan.FromSeconds(1).TotalMilliseconds;
            options.ConnectTimeout = (int)TimeSpan.FromSeconds(2).TotalMilliseconds;
            return ConnectionMultiplexer.Connect(options);
        });
        builder.Services.AddSingleton<RedisCalls>();
        builder.Services.AddSingleton<AttemptCounters>();
        builder.Services.AddSingleton<TokenBuckets>();
        builder
            .Services.AddHealthChecks()
            .AddCheck<RedisHealth>("redis", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(2));
    }

    private sealed class RedisHealth(IConnectionMultiplexer redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                // Degraded, not unhealthy: without Redis every request is served, only more slowly.
                return HealthCheckResult.Degraded("Redis does not answer", e);
            }
        }
    }
}
