using System.Globalization;
using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Resources;

/// <summary>The settings that all hosts share, except connection strings and encryption.</summary>
internal sealed record CommonSettings(IReadOnlyDictionary<string, object> Values)
{
    public static CommonSettings Add(IDistributedApplicationBuilder builder, AppHostRun run)
    {
        var values = new Dictionary<string, object>
        {
            ["Jwt__SigningKey"] = builder.AddSecret("jwt-signing-key", run, length: 64).Resource,
        };
        var others = run.IsPublish
            ? CreatePublishSettings(builder).Concat(run.Services is BackingServices.Managed ? CreateManagedKafkaSettings(builder) : [])
            : CreateRunSettings(run).Concat(run.Model.CatchesMail ? CreateMailCatcherSettings(builder) : []);
        foreach (var (key, value) in others)
        {
            values[key] = value;
        }

        return new CommonSettings(values);
    }

    // The hosts run as local processes with containers too, so the spool folder is always local.
    private static IEnumerable<KeyValuePair<string, object>> CreateRunSettings(AppHostRun run) =>
        LocalServices
            .HostSettings.Common(run.Data!, run.ApiAddress)
            .Where(setting => setting.Value is not null && !(run.Model.CatchesMail && setting.Key == "Mail__Folder"))
            .Select(setting => KeyValuePair.Create(setting.Key, (object)setting.Value!))
            .Append(new("Health__InstanceId", run.InstanceId));

    private static IEnumerable<KeyValuePair<string, object>> CreatePublishSettings(IDistributedApplicationBuilder builder)
    {
        var address = builder.AddParameter("public-address");
        return
        [
            new("Credentials__Pages", ReferenceExpression.Create($"{address}/account/")),
            new("Downloads__BaseAddress", ReferenceExpression.Create($"{address}")),
            new("Sso__CallbackAddress", ReferenceExpression.Create($"{address}/api/auth/sso/azure/callback")),
            new("ForwardedHeaders__KnownNetworks__0", builder.AddParameter("proxy-network").Resource), // the trusted proxies
            new("Mail__From__Address", builder.AddParameter("mail-from").Resource),
            new("Mail__Smtp__Host", builder.AddParameter("smtp-host").Resource),
            new("Mail__Smtp__Port", builder.AddParameter("smtp-port", "587", publishValueAsDefault: true).Resource),
            new("Mail__Smtp__UserName", builder.AddParameter("smtp-user").Resource),
            new("Mail__Smtp__Password", builder.AddParameter("smtp-password", secret: true).Resource),
        ];
    }

    // Azure Event Hubs supports no compression but gzip; other managed Kafka services accept these settings too.
    private static IEnumerable<KeyValuePair<string, object>> CreateManagedKafkaSettings(IDistributedApplicationBuilder builder) =>
        [
            new("Kafka__SecurityProtocol", "SaslSsl"),
            new("Kafka__SaslMechanism", builder.AddParameter("kafka-mechanism", "Plain", publishValueAsDefault: true).Resource),
            new("Kafka__SaslUsername", builder.AddParameter("kafka-user", "$ConnectionString", publishValueAsDefault: true).Resource),
            new("Kafka__SaslPassword", builder.AddParameter("kafka-password", secret: true).Resource),
            new("Kafka__CompressionType", "None"),
        ];

    private static IEnumerable<KeyValuePair<string, object>> CreateMailCatcherSettings(IDistributedApplicationBuilder builder)
    {
        var catcher = builder
            .AddContainer("mail", "axllent/mailpit", "v1.27")
            .WithEndpoint(targetPort: 1025, name: "smtp")
            .WithHttpEndpoint(targetPort: 8025, name: "http")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Mails");
        var smtp = catcher.GetEndpoint("smtp");
        return
        [
            new("Mail__Smtp__Host", smtp.Property(EndpointProperty.Host)),
            new("Mail__Smtp__Port", smtp.Property(EndpointProperty.Port)),
            new("Mail__Smtp__Security", "None"),
        ];
    }
}

internal static class CommonSettingsExtensions
{
    /// <summary>Adds the common settings, and limits references to connection strings and service discovery variables.</summary>
    public static IResourceBuilder<ProjectResource> WithCommonSettings(
        this IResourceBuilder<ProjectResource> host,
        CommonSettings settings
    ) =>
        host.WithReferenceEnvironment(
                ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery
            )
            .WithEnvironment(context =>
            {
                foreach (var (key, value) in settings.Values)
                {
                    context.EnvironmentVariables[key] = value;
                }
            });

    /// <summary>
    /// Adds the metrics endpoint, which is never external. It listens on all addresses of a container, and otherwise on the loopback
    /// address.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithMetricsEndpoint(this IResourceBuilder<ProjectResource> host, int? port)
    {
        var isPublish = host.ApplicationBuilder.ExecutionContext.IsPublishMode;

        // Otherwise any client could spoof its IP address: only the proxies in ForwardedHeaders:KnownNetworks are trusted.
        host.DisableForwardedHeaders()
            .WithHttpEndpoint(
                port: isPublish ? null : port,
                targetPort: isPublish ? 9464 : null,
                name: "metrics",
                env: "Metrics__Port",
                isProxied: isPublish
            )
            .WithUrlForEndpoint(
                "metrics",
                url => (url.Url, url.DisplayText) = (string.Create(CultureInfo.InvariantCulture, $"{url.Url}/metrics"), "Metrics")
            );
        return isPublish ? host.WithEnvironment("Metrics__Address", "0.0.0.0") : host;
    }

    /// <summary>Configures the resource when the value is not null.</summary>
    public static IResourceBuilder<T> When<T, TValue>(
        this IResourceBuilder<T> builder,
        TValue? value,
        Action<IResourceBuilder<T>, TValue> configure
    )
        where T : IResource
        where TValue : class
    {
        if (value is not null)
        {
            configure(builder, value);
        }

        return builder;
    }
}
