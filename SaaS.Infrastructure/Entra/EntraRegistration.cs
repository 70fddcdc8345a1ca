using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// Registers the clients of Microsoft Entra ID and Microsoft Graph. Requests have timeouts, reads are retried, and a circuit breaker opens
/// while most requests fail.
/// </summary>
public static class EntraRegistration
{
    internal const string Client = "entra";

    private const int ReadRetries = 2;

    public static void AddEntra(this IHostApplicationBuilder builder)
    {
        builder
            .Services.AddSettings<EntraOptions>("Entra")
            .Validate(
                options => options.AreSound,
                "Entra: Authority and Graph must be https addresses (http only on this machine), and AttemptTimeout not longer than RequestTimeout."
            );
        // These loggers write a line for each request and each attempt; failures are thrown, and logged where they are handled.
        builder.Logging.AddFilter("System.Net.Http.HttpClient.entra", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);
        builder.Services.AddSingleton<EntraDirectories>();
        builder.Services.AddSingleton(services => new EntraClient(
            services.GetRequiredService<IHttpClientFactory>(),
            services.GetRequiredService<EntraDirectories>(),
            services.GetRequiredService<IOptions<EntraOptions>>(),
            services.GetRequiredService<TimeProvider>()
        ));
        builder.Services.AddSingleton(services => new GraphClient(
            services.GetRequiredService<IHttpClientFactory>(),
            services.GetRequiredService<IOptions<EntraOptions>>()
        ));

        // The resilience pipeline sets the timeouts
        var client = builder
            .Services.AddHttpClient(Client, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                }
            );
#pragma warning disable EXTEXP0001 // the standard handler retries every request, and an authorization code can be used only once
        client.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        client.AddResilienceHandler(
            "entra",
            (pipeline, context) =>
            {
                var options = context.ServiceProvider.GetRequiredService<IOptions<EntraOptions>>().Value;
                var retry = new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = ReadRetries,
                    Delay = TimeSpan.FromMilliseconds(300),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                };
                retry.DisableForUnsafeHttpMethods();
                pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                pipeline
                    .AddTimeout(options.RequestTimeout)
                    .AddRetry(retry)
                    .AddCircuitBreaker(
                        new HttpCircuitBreakerStrategyOptions
                        {
                            FailureRatio = 0.5,
                            MinimumThroughput = 20,
                            SamplingDuration = TimeSpan.FromSeconds(30),
                            BreakDuration = TimeSpan.FromSeconds(10),
                        }
                    )
                    .AddTimeout(options.AttemptTimeout);
            }
        );
    }
}
