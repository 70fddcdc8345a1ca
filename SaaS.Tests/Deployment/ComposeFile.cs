using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace SaaS.Tests.Deployment;

/// <summary>
/// The file deploy/compose/compose.yaml. An element unknown to these classes fails the reading, because it may be misspelt.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeFile
{
    public static string Folder { get; } = Path.Combine(PublishedModel.Root, "deploy", "compose");

    public static string Text { get; } = File.ReadAllText(Path.Combine(Folder, "compose.yaml"));

    public string Name { get; set; } = "";

    [YamlMember(Alias = "x-logging", ApplyNamingConventions = false)]
    public ComposeLogging? Logging { get; set; }

    [YamlMember(Alias = "x-service", ApplyNamingConventions = false)]
    public ComposeService? Service { get; set; }

    [YamlMember(Alias = "x-host", ApplyNamingConventions = false)]
    public ComposeService? Host { get; set; }

    [YamlMember(Alias = "x-vault", ApplyNamingConventions = false)]
    public ComposeService? Vault { get; set; }

    [YamlMember(Alias = "x-environment", ApplyNamingConventions = false)]
    public Dictionary<string, string> Environment { get; set; } = [];

    [YamlMember(Alias = "x-provisioning", ApplyNamingConventions = false)]
    public Dictionary<string, string> Provisioning { get; set; } = [];

    [YamlMember(Alias = "x-serving", ApplyNamingConventions = false)]
    public Dictionary<string, string> Serving { get; set; } = [];

    public Dictionary<string, ComposeService> Services { get; set; } = [];

    public Dictionary<string, ComposeNetwork> Networks { get; set; } = [];

    public Dictionary<string, ComposeVolume> Volumes { get; set; } = [];

    public static ComposeFile Load()
    {
        // Duplicate keys are detected before merge keys are applied, which replace keys by design.
        new DeserializerBuilder()
            .WithDuplicateKeyChecking()
            .Build()
            .Deserialize<object>(Text);
        return new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .WithEnforceNullability()
            .Build()
            .Deserialize<ComposeFile>(new MergingParser(new Parser(new StringReader(Text))));
    }
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeService
{
    public string? Image { get; set; }

    public ComposeBuild? Build { get; set; }

    public string? User { get; set; }

    public List<string> Entrypoint { get; set; } = [];

    public List<string> Command { get; set; } = [];

    public Dictionary<string, string> Environment { get; set; } = [];

    public List<string> Ports { get; set; } = [];

    public List<string> Volumes { get; set; } = [];

    public List<string> Tmpfs { get; set; } = [];

    public List<string> Networks { get; set; } = [];

    public string? NetworkMode { get; set; }

    public Dictionary<string, ComposeDependency> DependsOn { get; set; } = [];

    public ComposeHealthCheck? Healthcheck { get; set; }

    public string? Restart { get; set; }

    public bool ReadOnly { get; set; }

    public List<string> CapDrop { get; set; } = [];

    public List<string> CapAdd { get; set; } = [];

    public List<string> SecurityOpt { get; set; } = [];

    public string? StopGracePeriod { get; set; }

    public string? ShmSize { get; set; }

    public ComposeLogging? Logging { get; set; }
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeBuild
{
    public string Context { get; set; } = "";

    public Dictionary<string, string> Args { get; set; } = [];
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeDependency
{
    public string Condition { get; set; } = "";
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeHealthCheck
{
    public List<string> Test { get; set; } = [];

    public string? Interval { get; set; }

    public string? Timeout { get; set; }

    public int Retries { get; set; }

    public string? StartPeriod { get; set; }
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeLogging
{
    public string Driver { get; set; } = "";

    public Dictionary<string, string> Options { get; set; } = [];
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeNetwork
{
    public bool Internal { get; set; }

    public ComposeIpam? Ipam { get; set; }
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeIpam
{
    public List<Dictionary<string, string>> Config { get; set; } = [];
}

[SuppressMessage("Performance", "CA1812", Justification = "YamlDotNet creates it.")]
internal sealed class ComposeVolume;
