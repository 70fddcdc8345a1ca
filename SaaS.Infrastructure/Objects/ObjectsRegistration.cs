using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Objects;

/// <summary>Registers the object store; the scheme of the endpoint chooses the implementation.</summary>
public static class ObjectsRegistration
{
    /// <summary>
    /// <c>Endpoint=file:///absolute/folder</c>, or <c>Endpoint=https://host:port;AccessKey=…;SecretKey=…</c> for an S3 server.
    /// </summary>
    public const string ConnectionName = "minio";

    public const string Section = "Objects";

    public static void AddObjects(this IHostApplicationBuilder builder)
    {
        var open = StoreAt(builder.Configuration);

        builder.Services.AddConnectionSetting(ConnectionName, value => Redact.Connection(value, "Endpoint"));
        builder.Services.AddSettings<ObjectsOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<ObjectsOptions>, ObjectsOptionsValidator>();
        builder.Services.AddSingleton(services =>
            open(services.GetRequiredService<IOptions<ObjectsOptions>>().Value, services.GetRequiredService<TimeProvider>())
        );
        builder.Services.AddHostedService<PrepareObjects>();
        builder
            .Services.AddHealthChecks()
            .AddCheck<ObjectsHealth>("objects", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    // Parsed at registration, so that an invalid connection string stops the start.
    private static Func<ObjectsOptions, TimeProvider, ObjectStore> StoreAt(IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString(ConnectionName) ?? "";
        var parts = PartsOf(connectionString);
        if (
            !Uri.TryCreate(Part(parts, "Endpoint"), UriKind.Absolute, out var endpoint)
            || !(endpoint.IsFile || ObjectsOptionsValidator.IsServer(endpoint))
        )
        {
            throw new InvalidSettingsException(
                $"ConnectionStrings:{ConnectionName} must contain Endpoint=file:///folder or Endpoint=http(s)://host:port."
            );
        }

        if (endpoint.IsFile)
        {
            return (_, clock) => new ObservedObjectStore(new DiskObjectStore(endpoint.LocalPath), "disk", clock);
        }

        var known = Tuple.Create(connectionString, KeyOf(parts)); // one reference, so that threads never see half of a change
        var access = new S3Access(
            endpoint,
            () =>
            {
                var now = configuration.GetConnectionString(ConnectionName) ?? "";
                var last = known;
                if (now != last.Item1)
                {
                    known = last = Tuple.Create(now, KeyOf(PartsOf(now)));
                }

                return last.Item2;
            }
        );
        return (options, clock) => new ObservedObjectStore(new S3ObjectStore(access, options, clock), "s3", clock);
    }

    private static S3Key KeyOf(DbConnectionStringBuilder parts) => new(Required(parts, "AccessKey"), Required(parts, "SecretKey"));

    internal static DbConnectionStringBuilder PartsOf(string connectionString) => new() { ConnectionString = connectionString };

    internal static string? Part(DbConnectionStringBuilder parts, string name) =>
        parts.TryGetValue(name, out var value) ? value.ToString() : null;

    private static string Required(DbConnectionStringBuilder parts, string name) =>
        Part(parts, name) is { Length: > 0 } value
            ? value
            : throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} must contain {name}=… in addition to its Endpoint.");

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
