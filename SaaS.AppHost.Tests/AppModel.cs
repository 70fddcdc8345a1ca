using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace SaaS.AppHost.Tests;

/// <summary>The app model of the AppHost, without starting it.</summary>
internal sealed class AppModel : IAsyncDisposable
{
    private readonly IDistributedApplicationTestingBuilder _builder;
    private readonly string? _data;

    private AppModel(IDistributedApplicationTestingBuilder builder, string? data) => (_builder, _data) = (builder, data);

    /// <summary>The names of all resources except parameters and the hidden resources that rebuild projects.</summary>
    public IEnumerable<string> Names =>
        _builder
            .Resources.Where(resource =>
                resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal)
            )
            .Select(resource => resource.Name);

    public static Task<AppModel> PublishedAsync(params string[] options) =>
        BuildAsync(data: null, ["--operation", "publish", "--step", "publish-manifest", "--output-path", "unused.json", .. options]);

    public static Task<AppModel> RunningAsync(string services, params string[] options)
    {
        var data = Directory.CreateTempSubdirectory("saas-model-").FullName;
        return BuildAsync(data, ["--services", services, "--data", data, "--port", "0", .. options]);
    }

    public IResource Find(string name) => _builder.Resources.Single(resource => resource.Name == name);

    /// <summary>Returns the resources that a resource waits for, until they are healthy or completed.</summary>
    public IEnumerable<string> GetDependencies(string name, WaitType until) =>
        Find(name)
            .Annotations.OfType<WaitAnnotation>()
            .Where(wait => wait.WaitType == until)
            .Select(wait => wait.Resource.Name)
            .Distinct()
            .Order();

    /// <summary>Returns the environment variables of a resource, with references as manifest expressions.</summary>
    public async Task<Dictionary<string, string>> GetEnvironmentAsync(string name)
    {
        Dictionary<string, object> variables = [];
        foreach (var callback in Find(name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(new EnvironmentCallbackContext(_builder.ExecutionContext, Find(name), variables));
        }

        return variables.ToDictionary(
            variable => variable.Key,
            variable => variable.Value is IManifestExpressionProvider reference ? reference.ValueExpression : variable.Value.ToString()!
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _builder.DisposeAsync();
        if (_data is not null)
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    // The entry point is paused before the application is built, so no resource starts.
    private static async Task<AppModel> BuildAsync(string? data, string[] arguments) =>
        new(await DistributedApplicationTestingBuilder.CreateAsync<Projects.SaaS_AppHost>(arguments), data);
}
