using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SaaS.LocalServices;

namespace SaaS.Tests.Deployment;

/// <summary>
/// The app model as Aspire publishes it: aspire-manifest.json, with its expressions resolved for a network where a resource's name is its
/// host name.
/// </summary>
internal sealed partial class PublishedModel
{
    public static readonly string[] ServingHosts = ["api", "worker", "scheduler"];
    public static readonly string[] Hosts = [.. ServingHosts, "migrate"];

    private readonly Dictionary<string, JsonElement> _resources;

    private PublishedModel(Dictionary<string, JsonElement> resources) => _resources = resources;

    public static string Root { get; } = Repository.Root();

    /// <summary>The port that a host's image listens on.</summary>
    public static string HostPort { get; } =
        ReadBuildFile("Directory.Build.targets").Single(element => element.Name == "ContainerPort").Attribute("Include")!.Value;

    public static string Version { get; } = ReadBuildFile("Directory.Build.props").Single(element => element.Name == "Version").Value;

    public IEnumerable<string> Containers => OfType("container.v0", "container.v1");

    public IEnumerable<string> Projects => OfType("project.v0");

    public static PublishedModel Load()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "aspire-manifest.json")));
        return new(
            manifest
                .RootElement.GetProperty("resources")
                .EnumerateObject()
                .ToDictionary(resource => resource.Name, resource => resource.Value.Clone())
        );
    }

    /// <summary>The image, or null for one that is built from a Dockerfile.</summary>
    public string? Image(string resource) =>
        _resources[resource] switch
        {
            var project when project.GetProperty("type").GetString() is "project.v0" =>
                $"{Path.GetFileNameWithoutExtension(project.GetProperty("path").GetString())!.ToLowerInvariant().Replace('.', '-')}:{Version}",
            var container => Text(container, "image"),
        };

    public (string Context, Dictionary<string, string> Arguments) Build(string resource)
    {
        var build = _resources[resource].GetProperty("build");
        return (
            build.GetProperty("context").GetString()!,
            build.GetProperty("args").EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value.GetString()!)
        );
    }

    public string? Entrypoint(string resource) => Text(_resources[resource], "entrypoint");

    public IReadOnlyList<string> Arguments(string resource) =>
        _resources[resource].TryGetProperty("args", out var arguments)
            ? [.. arguments.EnumerateArray().Select(argument => argument.GetString()!)]
            : [];

    public IReadOnlyList<string> VolumeTargets(string resource) =>
        _resources[resource].TryGetProperty("volumes", out var volumes)
            ? [.. volumes.EnumerateArray().Select(volume => volume.GetProperty("target").GetString()!)]
            : [];

    /// <summary>The ports inside the container, by the name of the binding.</summary>
    public Dictionary<string, string> Ports(string resource) =>
        _resources[resource].TryGetProperty("bindings", out var bindings)
            ? bindings
                .EnumerateObject()
                .ToDictionary(
                    binding => binding.Name,
                    binding => binding.Value.TryGetProperty("targetPort", out var port) ? port.ToString() : HostPort
                )
            : [];

    public bool IsExternal(string resource) =>
        _resources[resource].TryGetProperty("bindings", out var bindings)
        && bindings.EnumerateObject().Any(binding => binding.Value.TryGetProperty("external", out var external) && external.GetBoolean());

    /// <summary>
    /// The unresolved environment. Aspire also writes each connection string under a name without hyphens for shells, which counts as the
    /// same key.
    /// </summary>
    public Dictionary<string, string> Environment(string resource) =>
        _resources[resource].TryGetProperty("env", out var environment)
            ? environment
                .EnumerateObject()
                .DistinctBy(variable => WithHyphens(variable.Name))
                .ToDictionary(variable => WithHyphens(variable.Name), variable => variable.Value.GetString()!)
            : [];

    /// <summary>
    /// Determines whether the value must stay out of every file: a connection string, or a parameter that is marked as secret.
    /// </summary>
    public bool IsSecret(string expression) =>
        Expression()
            .Matches(expression)
            .Any(match => match.Groups[2].Value is "connectionString" || SecretParameters.Contains(match.Groups[1].Value));

    public IEnumerable<string> SecretParameters =>
        OfType("parameter.v0")
            .Where(name =>
                _resources[name].TryGetProperty("inputs", out var inputs)
                && inputs.GetProperty("value").TryGetProperty("secret", out var secret)
                && secret.GetBoolean()
            );

    public string ConnectionString(string resource, Func<string, string> parameter) =>
        Resolve(_resources[resource].GetProperty("connectionString").GetString()!, parameter);

    /// <summary>Replaces the expressions in a value; <paramref name="parameter"/> supplies the value of a parameter.</summary>
    public string Resolve(string value, Func<string, string> parameter) =>
        Expression()
            .Replace(
                value,
                match =>
                    (match.Groups[1].Value, match.Groups[2].Value.Split('.')) switch
                    {
                        var (name, path) when path is ["value"] => parameter(name),
                        var (name, path) when path is ["connectionString"] => ConnectionString(name, parameter),
                        var (name, path) when path is ["bindings", _, "host"] => name,
                        var (name, path) when path is ["bindings", var binding, "port" or "targetPort"] => Ports(name)[binding],
                        var (name, path) when path is ["bindings", var binding, "url"] =>
                            $"{Scheme(name, binding)}://{name}:{Ports(name)[binding]}",
                        _ => throw new InvalidDataException($"The expression {match.Value} of aspire-manifest.json is not known here."),
                    }
            );

    private string Scheme(string resource, string binding) =>
        _resources[resource].GetProperty("bindings").GetProperty(binding).GetProperty("scheme").GetString()!;

    private static string WithHyphens(string key) =>
        key.StartsWith("ConnectionStrings__", StringComparison.Ordinal)
            ? "ConnectionStrings__" + key["ConnectionStrings__".Length..].Replace('_', '-')
            : key;

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) ? value.GetString() : null;

    private static IEnumerable<XElement> ReadBuildFile(string name) => XDocument.Load(Path.Combine(Root, name)).Descendants();

    private IEnumerable<string> OfType(params string[] types) =>
        _resources.Where(resource => types.Contains(resource.Value.GetProperty("type").GetString())).Select(resource => resource.Key);

    [GeneratedRegex(@"\{([a-z0-9-]+)\.([A-Za-z0-9.-]+)\}")]
    private static partial Regex Expression();
}
