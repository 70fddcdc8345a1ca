namespace SaaS.AppHost.Containers;

/// <summary>What the hosts are told beside their engines' addresses: the same keys that the embedded engine gives them.</summary>
internal sealed record HostSettings(IReadOnlyDictionary<string, object> Values)
{
    public static HostSettings Add(IDistributedApplicationBuilder builder, DrawingOptions options)
    {
        var values = new Dictionary<string, object> { ["Jwt__SigningKey"] = builder.AddSecret("jwt-signing-key", length: 64).Resource };
        var others = (builder.ExecutionContext.IsPublishMode, options.CatchesMail) switch
        {
            (true, _) => Published(builder).Concat(options.EnginesAreManaged ? ManagedKafka(builder) : []),
            (false, true) => Here.Concat(CaughtMail(builder)),
            (false, false) => Here.Append(new("Mail__Folder", Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", ".data", "mail")))),
        };
        return new HostSettings(values.Concat(others).ToDictionary());
    }

    public IResourceBuilder<ProjectResource> Tell(IResourceBuilder<ProjectResource> host) => host.WithEnvironment(context =>
    {
        foreach (var (key, value) in Values)
        {
            context.EnvironmentVariables[key] = value;
        }
    });

    // The hosts have no launch profile that would say Development.
    private static IEnumerable<KeyValuePair<string, object>> Here =>
    [
        new("ASPNETCORE_ENVIRONMENT", "Development"),
        new("DOTNET_ENVIRONMENT", "Development"),
        new("Credentials__Pages", "http://localhost:4999/account/"),
        new("Sso__CallbackAddress", "http://localhost:4999/api/auth/sso/azure/callback"),
        new("Mail__From__Address", "no-reply@localhost"),
    ];

    private static IEnumerable<KeyValuePair<string, object>> Published(IDistributedApplicationBuilder builder)
    {
        var address = builder.AddParameter("public-address");
        return
        [
            new("Credentials__Pages", ReferenceExpression.Create($"{address}/account/")),
            new("Downloads__BaseAddress", ReferenceExpression.Create($"{address}")),
            new("Sso__CallbackAddress", ReferenceExpression.Create($"{address}/api/auth/sso/azure/callback")),
            new("ForwardedHeaders__KnownNetworks__0", builder.AddParameter("proxy-network").Resource), // whose word is taken for where a caller is
            new("Mail__From__Address", builder.AddParameter("mail-from").Resource),
            new("Mail__Smtp__Host", builder.AddParameter("smtp-host").Resource),
            new("Mail__Smtp__Port", builder.AddParameter("smtp-port", "587", publishValueAsDefault: true).Resource),
            new("Mail__Smtp__UserName", builder.AddParameter("smtp-user").Resource),
            new("Mail__Smtp__Password", builder.AddParameter("smtp-password", secret: true).Resource),
        ];
    }

    // As Event Hubs wants it, which knows no compression but gzip; other Kafka services take the same.
    private static IEnumerable<KeyValuePair<string, object>> ManagedKafka(IDistributedApplicationBuilder builder) =>
    [
        new("Kafka__SecurityProtocol", "SaslSsl"),
        new("Kafka__SaslMechanism", builder.AddParameter("kafka-mechanism", "Plain", publishValueAsDefault: true).Resource),
        new("Kafka__SaslUsername", builder.AddParameter("kafka-user", "$ConnectionString", publishValueAsDefault: true).Resource),
        new("Kafka__SaslPassword", builder.AddParameter("kafka-password", secret: true).Resource),
        new("Kafka__CompressionType", "None"),
    ];

    private static IEnumerable<KeyValuePair<string, object>> CaughtMail(IDistributedApplicationBuilder builder)
    {
        var catcher = builder.AddContainer("mail", "axllent/mailpit", "v1.27")
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
