using System.Text.RegularExpressions;

namespace SaaS.Tests.Deployment;

/// <summary>Tests that deploy/compose/compose.yaml matches the published app model.</summary>
public sealed partial class ComposeTests
{
    private static readonly string[] OneShots = ["migrate", "vault-prepare", "vault-certificate"];

    private static readonly Difference[] OnlyInCompose =
    [
        new("vault-certificate", "outside Development a host talks to no Vault without TLS, which the app model leaves to the deployment"),
    ];

    private static readonly Dictionary<string, Difference[]> OnlyInComposeEnvironment = new()
    {
        ["api"] = [new("Vault__CaFile", "Vault's certificate is self-signed")],
        ["worker"] = [new("Vault__CaFile", "Vault's certificate is self-signed")],
        ["scheduler"] = [new("Vault__CaFile", "Vault's certificate is self-signed")],
        ["migrate"] = [new("Vault__CaFile", "Vault's certificate is self-signed")],
        ["vault-prepare"] = [new("VAULT_CACERT", "Vault's certificate is self-signed")],
    };

    private static readonly Dictionary<string, Difference[]> OtherValues = new()
    {
        ["vault-prepare"] = [new("VAULT_ADDR", "https instead of http")],
    };

    private readonly PublishedModel _model = PublishedModel.Load();
    private readonly ComposeFile _compose = ComposeFile.Load();

    [Fact]
    public void Services_match_the_app_model()
    {
        var published = _model.Containers.Concat(_model.Projects).ToList();
        Assert.Equal([], published.Except(_compose.Services.Keys));
        Difference.AssertEqual(_compose.Services.Keys.Except(published), OnlyInCompose);
    }

    [Fact]
    public void Images_commands_and_volumes_match_the_app_model() =>
        Assert.All(
            _model.Containers.Concat(_model.Projects),
            name =>
            {
                var service = _compose.Services[name];
                if (_model.Image(name) is { } image)
                {
                    Assert.Equal(image, service.Image!.Replace("${IMAGE_REGISTRY-}", "", StringComparison.Ordinal));
                    Assert.Null(service.Build);
                }
                else
                {
                    var (context, arguments) = _model.Build(name);
                    Assert.Equal(
                        Path.Combine(PublishedModel.Root, context),
                        Path.GetFullPath(Path.Combine(ComposeFile.Folder, service.Build!.Context))
                    );
                    Assert.Equal(arguments, service.Build.Args);
                }

                Assert.Equal(_model.Entrypoint(name) is { } entrypoint ? [entrypoint] : [], service.Entrypoint);
                Assert.Equal(_model.Arguments(name), service.Command.Select(Unescape));
                Assert.Subset(service.Volumes.Select(volume => volume.Split(':')[1]).ToHashSet(), _model.VolumeTargets(name).ToHashSet());
                Assert.All(
                    service.Volumes.Select(volume => volume.Split(':')[0]).Where(source => !source.StartsWith('.')),
                    source => Assert.Contains(source, _compose.Volumes.Keys)
                );
            }
        );

    [Fact]
    public void Each_service_has_the_environment_of_the_app_model() =>
        Assert.All(
            _model.Containers.Concat(_model.Projects),
            name =>
            {
                var published = _model.Environment(name);
                var composed = _compose.Services[name].Environment;
                Assert.Equal([], published.Keys.Except(composed.Keys));
                Difference.AssertEqual(composed.Keys.Except(published.Keys), OnlyInComposeEnvironment.GetValueOrDefault(name, []));

                var others = OtherValues.GetValueOrDefault(name, []);
                Difference.AssertEqual(
                    published.Keys.Where(key => Normalize(composed[key]) != _model.Resolve(published[key], Variable)),
                    others
                );
            }
        );

    [Fact]
    public void Every_documented_difference_names_an_existing_service() =>
        Assert.Subset(_compose.Services.Keys.ToHashSet(), OnlyInComposeEnvironment.Keys.Concat(OtherValues.Keys).ToHashSet());

    [Fact]
    public void Only_migrate_gets_the_superuser() =>
        Assert.Equal(
            ["migrate"],
            PublishedModel.Hosts.Where(host =>
                _compose
                    .Services[host]
                    .Environment.Any(variable =>
                        variable.Key is "ConnectionStrings__postgres"
                        || variable.Value.Contains("${POSTGRES_PASSWORD", StringComparison.Ordinal)
                    )
            )
        );

    [Fact]
    public void Only_the_external_host_publishes_a_port_by_default_on_loopback()
    {
        var publishing = _compose.Services.Where(service => service.Value.Ports.Count > 0).ToList();
        Assert.Equal(PublishedModel.Hosts.Where(_model.IsExternal), publishing.Select(service => service.Key));

        var port = Assert.Single(Assert.Single(publishing).Value.Ports);
        Assert.Equal($"${{API_ADDRESS:-127.0.0.1}}:${{API_PORT:-4999}}:{_model.Ports("api")["http"]}", port);
    }

    [Fact]
    public void Hosts_run_read_only_without_added_capabilities() =>
        Assert.All(
            PublishedModel.Hosts,
            host =>
            {
                var service = _compose.Services[host];
                Assert.True(service.ReadOnly);
                Assert.Equal(["/tmp"], service.Tmpfs);
                Assert.Equal("60s", service.StopGracePeriod);
                Assert.Empty(service.CapAdd);
            }
        );

    [Fact]
    public void Services_have_only_the_capabilities_they_need() =>
        Assert.All(
            _compose.Services,
            service =>
            {
                Assert.Equal(["ALL"], service.Value.CapDrop);
                if (service.Key is "vault")
                {
                    Assert.Contains("IPC_LOCK", service.Value.CapAdd); // its memory must not be swapped to disk
                }
                else
                {
                    Assert.Empty(service.Value.CapAdd);
                    Assert.Equal(["no-new-privileges:true"], service.Value.SecurityOpt);
                }
            }
        );

    [Fact]
    public void One_shot_services_run_once_and_all_others_restart() =>
        Assert.All(
            _compose.Services,
            service => Assert.Equal(OneShots.Contains(service.Key) ? "no" : "unless-stopped", service.Value.Restart)
        );

    [Fact]
    public void Services_wait_for_healthy_or_completed_dependencies()
    {
        Assert.All(
            _compose.Services,
            service =>
                Assert.All(
                    service.Value.DependsOn,
                    needed =>
                        Assert.Equal(
                            OneShots.Contains(needed.Key) ? "service_completed_successfully" : "service_healthy",
                            needed.Value.Condition
                        )
                )
        );

        var backing = _model.Containers.Except(OneShots).ToList();
        Assert.All(backing, name => Assert.NotEmpty(_compose.Services[name].Healthcheck!.Test));
        Assert.All(
            PublishedModel.Hosts,
            host => Assert.Equal([], backing.Except(["vault"]).Except(_compose.Services[host].DependsOn.Keys))
        );
        Assert.All(PublishedModel.Hosts, host => Assert.Contains("vault-prepare", _compose.Services[host].DependsOn.Keys));
        Assert.All(PublishedModel.ServingHosts, host => Assert.Contains("migrate", _compose.Services[host].DependsOn.Keys));
    }

    [Fact]
    public void Backing_services_have_no_internet_access()
    {
        Assert.True(_compose.Networks["backing"].Internal);
        Assert.All(_model.Containers, name => Assert.Equal(["backing"], _compose.Services[name].Networks));
    }

    [Fact]
    public void The_example_file_explains_each_variable_and_contains_no_secrets()
    {
        var example = EnvironmentFile.Read(Path.Combine(ComposeFile.Folder, ".env.example"));
        var used = Interpolation()
            .Matches(ComposeFile.Text)
            .GroupBy(match => match.Groups[1].Value, match => match.Groups[2].Value)
            .ToDictionary(group => group.Key, group => group.Distinct().ToList());
        Assert.Equal(used.Keys.Order(StringComparer.Ordinal), example.Select(variable => variable.Name).Order(StringComparer.Ordinal));
        Assert.All(example, variable => Assert.True(variable.HasComment, variable.Name));

        var secrets = _model.SecretParameters.Select(Name).ToList();
        Assert.Equal([], secrets.Except(used.Keys));
        Assert.All(
            example,
            variable =>
            {
                var other = Assert.Single(used[variable.Name]);
                if (secrets.Contains(variable.Name))
                {
                    Assert.Equal("", variable.Value);
                    Assert.Equal(":?", other);
                }
                else if (other is not ":?")
                {
                    Assert.Equal(variable.Value, other.TrimStart(':')[1..]);
                }
            }
        );
    }

    private static string Name(string parameter) => parameter.ToUpperInvariant().Replace('-', '_');

    private static string Variable(string parameter) => $"${{{Name(parameter)}}}";

    private static string Normalize(string value) => Interpolation().Replace(value, "${$1}");

    private static string Unescape(string value) => value.Replace("$$", "$", StringComparison.Ordinal);

    [GeneratedRegex(@"\$\{([A-Z_]+)(:?[?-][^}]*)?\}")]
    private static partial Regex Interpolation();
}
