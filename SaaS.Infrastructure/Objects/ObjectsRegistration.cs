using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Objects;

/// <summary>Where the bytes of files lie; the endpoint's scheme chooses the store.</summary>
public static class ObjectsRegistration
{
    /// <summary><c>Endpoint=file:///absolute/folder</c>, or <c>Endpoint=https://host:port;AccessKey=…;SecretKey=…</c> for a server that speaks S3.</summary>
    public const string ConnectionName = "minio";

    public const string Section = "Objects";

    public static void AddObjects(this IHostApplicationBuilder builder)
    {
        var open = StoreAt(builder.Configuration);

        builder.Services.AddConnectionSetting(ConnectionName, value => Redact.Connection(value, "Endpoint"));
        builder.Services.AddSettings<ObjectsOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<ObjectsOptions>, ObjectsOptionsRules>();
        builder.Services.AddSingleton(services => open(services.GetRequiredService<IOptions<ObjectsOptions>>().Value, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<PrepareObjects>();
        builder.Services.AddHealthChecks()
            .AddCheck<ObjectsHealth>("objects", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    // Read at once, so that a connection string that cannot be right stops the start.
    private static Func<ObjectsOptions, TimeProvider, ObjectStore> StoreAt(IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString(ConnectionName) ?? "";
        var parts = PartsOf(connectionString);
        if (!Uri.TryCreate(Part(parts, "Endpoint"), UriKind.Absolute, out var endpoint) || !(endpoint.IsFile || ObjectsOptionsRules.IsServer(endpoint)))
        {
            throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} must say Endpoint=file:///folder or Endpoint=http(s)://host:port.");
        }

        if (endpoint.IsFile)
        {
            return (_, clock) => new ObservedObjectStore(new DiskObjectStore(endpoint.LocalPath), "disk", clock);
        }

        var known = Tuple.Create(connectionString, KeyOf(parts)); // one reference: two threads never see half of a change
        var access = new S3Access(endpoint, () =>
        {
            var now = configuration.GetConnectionString(ConnectionName) ?? "";
            var last = known;
            if (now != last.Item1)
            {
                known = last = Tuple.Create(now, KeyOf(PartsOf(now)));
            }

            return last.Item2;
        });
        return (options, clock) => new ObservedObjectStore(new S3ObjectStore(access, options, clock), "s3", clock);
    }

    private static S3Key KeyOf(DbConnectionStringBuilder parts) => new(Required(parts, "AccessKey"), Required(parts, "SecretKey"));

    internal static DbConnectionStringBuilder PartsOf(string connectionString) => new() { ConnectionString = connectionString };

    internal static string? Part(DbConnectionStringBuilder parts, string name) => parts.TryGetValue(name, out var value) ? value.ToString() : null;

    private static string Required(DbConnectionStringBuilder parts, string name) => Part(parts, name) is { Length: > 0 } value
        ? value
        : throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} must say {name}=… beside its Endpoint.");

    private sealed class ObjectsHealth(ObjectStore objects) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await objects.CheckAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (IOException e)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "Objects cannot be read or written", e);
            }
        }
    }
}
