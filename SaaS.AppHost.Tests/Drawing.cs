using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.AppHost.Tests;

/// <summary>The model that the AppHost makes, without anything of it started.</summary>
internal sealed class Drawing(DistributedApplication application) : IAsyncDisposable
{
    private DistributedApplicationModel Model => application.Services.GetRequiredService<DistributedApplicationModel>();

    public IEnumerable<string> Names => Model.Resources.Where(resource => resource is not ParameterResource).Select(resource => resource.Name);

    public static Task<Drawing> OfPublishedAsync(params string[] options) => MakeAsync(["--operation", "publish", "--step", "publish-manifest", "--output-path", "unused.json", .. options]);

    public static Task<Drawing> OfRunningAsync(params string[] options) => MakeAsync(["--environment", "Development", .. options]);

    public IResource Find(string name) => Model.Resources.Single(resource => resource.Name == name);

    /// <summary>Whom a resource waits for: until it is healthy, or until it has ended.</summary>
    public IEnumerable<string> Awaited(string name, WaitType until) =>
        Find(name).Annotations.OfType<WaitAnnotation>().Where(wait => wait.WaitType == until).Select(wait => wait.Resource.Name).Distinct().Order();

    public async Task<Dictionary<string, string>> EnvironmentOf(string name)
    {
        var context = application.Services.GetRequiredService<DistributedApplicationExecutionContext>();
        var configured = await ExecutionConfigurationBuilder.Create(Find(name)).WithEnvironmentVariablesConfig().BuildAsync(context);
        return configured.EnvironmentVariables.ToDictionary();
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static async Task<Drawing> MakeAsync(string[] arguments)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SaaS_AppHost>(arguments);
        return new Drawing(await builder.BuildAsync());
    }
}
