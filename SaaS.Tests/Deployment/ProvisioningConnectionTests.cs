namespace SaaS.Tests.Deployment;

/// <summary>Tests that in every deployment only the worker and migrate get the connection that creates databases and roles.</summary>
public sealed class ProvisioningConnectionTests
{
    private static readonly string[] Entitled = ["worker", "migrate"];

    [Theory]
    [InlineData("api")]
    [InlineData("scheduler")]
    [InlineData("worker")]
    [InlineData("migrate")]
    public void Only_worker_and_migrate_get_the_provisioning_connection(string host)
    {
        var model = PublishedModel.Load();
        var given = new Dictionary<string, IEnumerable<string>>
        {
            ["app model"] = Pairs(model.Environment(host)),
            ["compose"] = Pairs(ComposeFile.Load().Services[host].Environment),
            ["kubernetes/development"] = OfOverlay("development"),
            ["kubernetes/production"] = OfOverlay("production"),
        };

        Assert.All(
            given,
            place =>
                Assert.Equal(
                    Entitled.Contains(host),
                    place.Value.Any(pair => pair.Contains("provision", StringComparison.OrdinalIgnoreCase))
                )
        );

        static IEnumerable<string> Pairs(Dictionary<string, string> environment) =>
            environment.Select(variable => $"{variable.Key}={variable.Value}");

        IEnumerable<string> OfOverlay(string name)
        {
            var container = KubernetesOverlay.Load(name).Container(host);
            Assert.All(container.EnvFrom ?? [], source => Assert.Null(source.SecretRef)); // a secret reference would pass on every secret
            return container.Env.Select(variable => $"{variable.Name}={variable.Value}{variable.ValueFrom?.SecretKeyRef?.Key}");
        }
    }

    [Theory]
    [InlineData("api", false)]
    [InlineData("scheduler", false)]
    [InlineData("worker", true)]
    [InlineData("migrate", true)]
    public void Vault_policies_grant_the_provisioning_connection_only_to_worker_and_migrate(string host, bool mayRead)
    {
        var policy = File.ReadAllText(Path.Combine(PublishedModel.Root, "vault", "policies", $"{host}.hcl"));

        Assert.Equal(mayRead, policy.Contains("secret/data/saas-project/ENVIRONMENT/provisioning", StringComparison.Ordinal));
    }
}
