using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaaS.AppHost.Lifecycle;
using SaaS.LocalServices;

namespace SaaS.AppHost.Resources;

/// <summary>A server that the AppHost starts and stops, as a resource that others can wait for.</summary>
internal class LocalServer(string name, Func<ILogger, CancellationToken, Task<IAsyncDisposable>> start)
    : Resource(name),
        IResourceWithWaitSupport,
        IAsyncDisposable
{
    private IAsyncDisposable? _server;

    /// <summary>The URL that the dashboard shows while the server runs.</summary>
    public UrlSnapshot? Page { get; init; }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync();
        }
    }

    internal async Task StartAsync(InitializeResourceEvent initialize, CancellationToken ct)
    {
        try
        {
            await initialize.Eventing.PublishAsync(new BeforeResourceStartedEvent(this, initialize.Services), ct);
            await PublishAsync(KnownResourceStates.Starting);
            _server = await start(initialize.Logger, ct);
            if (this is IResourceWithConnectionString)
            {
                await initialize.Eventing.PublishAsync(new ConnectionStringAvailableEvent(this, initialize.Services), ct);
            }

            await PublishAsync(KnownResourceStates.Running);
        }
        catch (LocalServiceException failure)
        {
            // The user must fix a failed first start, so the run ends.
            initialize.Services.GetRequiredService<StartFailure>().Report($"{Name}: {failure.Message}");
            await PublishAsync(KnownResourceStates.FailedToStart);
        }

        Task PublishAsync(string state) =>
            initialize.Notifications.PublishUpdateAsync(
                this,
                snapshot =>
                    snapshot with
                    {
                        State = state,
                        Urls = Page is null || state != KnownResourceStates.Running ? snapshot.Urls : [Page],
                        StartTimeStamp =
                            state == KnownResourceStates.Running ? TimeProvider.System.GetUtcNow().UtcDateTime : snapshot.StartTimeStamp,
                    }
            );
    }
}

/// <summary>A local server with a connection string.</summary>
internal sealed class LocalServerWithConnectionString(
    string name,
    ReferenceExpression connectionString,
    Func<ILogger, CancellationToken, Task<IAsyncDisposable>> start
) : LocalServer(name, start), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => connectionString;
}

internal static class LocalServerExtensions
{
    /// <param name="builder">The app model.</param>
    /// <param name="server">The server.</param>
    /// <param name="source">The data directory, shown on the dashboard.</param>
    public static IResourceBuilder<T> AddLocalServer<T>(this IDistributedApplicationBuilder builder, T server, string source)
        where T : LocalServer =>
        builder
            .AddResource(server)
            .WithInitialState(
                new CustomResourceSnapshot
                {
                    ResourceType = "Local server",
                    State = KnownResourceStates.NotStarted,
                    CreationTimeStamp = TimeProvider.System.GetUtcNow().UtcDateTime,
                    Properties = [new(CustomResourceKnownProperties.Source, source)],
                }
            )
            .ExcludeFromManifest()
            .OnInitializeResource((resource, initialize, ct) => resource.StartAsync(initialize, ct));
}
