using System.Globalization;
using SaaS.AppHost.Lifecycle;
using SaaS.LocalServices;

namespace SaaS.AppHost.Resources;

/// <summary>Backing services that run without containers.</summary>
internal static class LocalServiceResources
{
    /// <summary>Adds PostgreSQL as a local process on the data folder.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddLocalPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        AppHostRun run,
        IResourceBuilder<ParameterResource> password
    )
    {
        var (data, keys) = (run.Data!, run.Keys!);
        var server = new PostgresServerOptions(data.Postgres, keys.PostgresPassword)
        {
            Port = run.Ports.Postgres,
            Durable = !run.Options.Ephemeral,
            OnCrash = sentence => ConsoleReport.Write($"{name} {sentence}"),
        };
        return builder.AddLocalServer(
            new LocalServerWithConnectionString(
                name,
                ReferenceExpression.Create($"{LocalAddress(run.Ports.Postgres)};Database=postgres;Username=postgres;Password={password}"),
                async (log, ct) => await PostgresServer.StartAsync(server, log, TimeProvider.System, ct)
            ),
            data.Postgres
        );
    }

    /// <summary>Adds Garnet, a server with the Redis protocol, in this process.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddLocalRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        AppHostRun run,
        IResourceBuilder<ParameterResource> password
    )
    {
        var (data, keys) = (run.Data!, run.Keys!);
        return builder.AddLocalServer(
            new LocalServerWithConnectionString(
                name,
                ReferenceExpression.Create($"127.0.0.1:{Text(run.Ports.Redis)},password={password}"),
                // Start blocks the thread.
                (_, ct) => Task.Run<IAsyncDisposable>(() => GarnetServer.Start(data.Redis, keys.RedisPassword, run.Ports.Redis), ct)
            ),
            data.Redis
        );
    }

    /// <summary>Adds a web page that shows the mails of the mail folder.</summary>
    public static void AddMailFolder(this IDistributedApplicationBuilder builder, string name, AppHostRun run)
    {
        if (run.Model.CatchesMail)
        {
            return; // Mail:Catcher shows the mails
        }

        var (data, keys) = (run.Data!, run.Keys!);
        builder.AddLocalServer(
            new LocalServer(name, async (_, ct) => await MailFolderServer.StartAsync(data.Mail, keys.MailsToken, run.Ports.Mails, ct))
            {
                Page = new UrlSnapshot("mails", $"http://localhost:{Text(run.Ports.Mails)}/{keys.MailsToken}/", IsInternal: false)
                {
                    DisplayProperties = new("Mails"),
                },
            },
            data.Mail
        );
    }

    /// <summary>Adds a folder as the object store, as a connection string in place of an S3-compatible server.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddObjectFolder(
        this IDistributedApplicationBuilder builder,
        string name,
        AppHostRun run
    ) => builder.AddConnectionString(name, ReferenceExpression.Create($"{HostSettings.ObjectFolder(run.Data!)}"));

    /// <summary>Adds the connection string of a role for the control database; for a managed server it is a parameter.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddControlDatabase(
        this IDistributedApplicationBuilder builder,
        string name,
        string role,
        IResourceBuilder<IResourceWithConnectionString>? postgres,
        AppHostRun run
    )
    {
        if (postgres is null)
        {
            return builder.AddConnectionString(name);
        }

        var password = builder.AddSecret($"{role.Replace('_', '-')}-password", run);
        return builder.AddConnectionString(
            name,
            postgres.Resource is PostgresServerResource { PrimaryEndpoint: var server }
                ? ReferenceExpression.Create(
                    $"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)};"
                        + $"Database=saas_platform;Username={role};Password={password}"
                )
                : ReferenceExpression.Create(
                    $"{LocalAddress(run.Ports.Postgres)};Database=saas_platform;Username={role};Password={password}"
                )
        );
    }

    private static string LocalAddress(int port) => $"Host=127.0.0.1;Port={Text(port)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
