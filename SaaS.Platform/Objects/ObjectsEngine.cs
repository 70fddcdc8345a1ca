using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace SaaS.Platform.Objects;

/// <summary>Where the bytes of files lie; the endpoint's scheme chooses the store.</summary>
public static class ObjectsEngine
{
    /// <summary><c>Endpoint=file:///absolute/folder</c>.</summary>
    public const string ConnectionName = "minio";

    public static void AddObjects(this IHostApplicationBuilder builder)
    {
        var root = FolderOf(builder.Configuration.GetConnectionString(ConnectionName));
        Directory.CreateDirectory(root);

        builder.Services.AddSingleton<ObjectStore>(new DiskObjectStore(root));
        builder.Services.AddHealthChecks().AddCheck<ObjectsHealth>("objects", tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    private static string FolderOf(string? connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString ?? "" };

        return parts.TryGetValue("Endpoint", out var endpoint) && Uri.TryCreate(endpoint.ToString(), UriKind.Absolute, out var uri) && uri.IsFile
            ? uri.LocalPath
            : throw new InvalidOperationException($"ConnectionStrings:{ConnectionName} must say Endpoint=file:///folder.");
    }

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
                return HealthCheckResult.Unhealthy("Objects cannot be written", e);
            }
        }
    }
}
