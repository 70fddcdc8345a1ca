using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Resources;

/// <summary>
/// The provider that encrypts tenant secrets, with the credentials of each host. A container that runs <c>vault/develop.sh</c> creates
/// the AppRoles of this installation with the secret ids from these parameters.
/// </summary>
internal abstract record Encryption
{
    private const string VaultTag = "1.20";
    private static readonly string[] Roles = ["api", "worker", "scheduler", "migrate"];

    public static Encryption Add(IDistributedApplicationBuilder builder, AppHostRun run)
    {
        if (run.Services is BackingServices.Local || run.Model.Vault is VaultMode.None)
        {
            return run.Model.SecretsAreInVault && run.Services is not BackingServices.Local
                ? throw new LocalServices.LocalServiceException("Secrets:Source=vault needs a Vault, and Vault:Mode is none.")
                : new KeyRing(builder.AddSecret("encryption-master-key", run, length: 43));
        }

        var roles = run.IsPublish ? Roles : Roles.Append("commands"); // commands are not published
        var secretIds = roles.ToDictionary(role => role, role => builder.AddSecret($"vault-{role}-secret-id", run));
        var server = run.Model.Vault switch
        {
            VaultMode.Development => Configure(builder.AddContainer("vault", "hashicorp/vault", VaultTag)),
            VaultMode.Server => Configure(AddImage(builder, "vault")).WithArgs("server").WithVolume("saas-vault-data", "/vault/file"),
            _ => null,
        };
        var prepare = server is null ? null : AddPrepare(builder, run, server, secretIds);

        // Outside Development the hosts require TLS, so in publish mode the address is that of a TLS proxy in front of the container.
        var address =
            server is not null && !run.IsPublish
                ? ReferenceExpression.Create($"{server.GetEndpoint("http")}")
                : ReferenceExpression.Create($"{builder.AddParameter("vault-address")}");
        return new Vault(run.Model, address, secretIds, prepare);
    }

    /// <summary>Configures the encryption provider of a host and the credentials of its role.</summary>
    public abstract void Configure(IResourceBuilder<ProjectResource> host, string role);

    private static IResourceBuilder<ContainerResource> Configure(IResourceBuilder<ContainerResource> server) =>
        server
            .WithHttpEndpoint(targetPort: 8200, name: "http")
            .WithContainerRuntimeArgs("--cap-add=IPC_LOCK") // memory with secrets must not be swapped out
            .WithLifetime(ContainerLifetime.Persistent)
            .WithHttpHealthCheck("/v1/sys/health?standbyok=true&uninitcode=200&sealedcode=200")
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/ui", "Vault"));

    private static IResourceBuilder<ContainerResource> AddPrepare(
        IDistributedApplicationBuilder builder,
        AppHostRun run,
        IResourceBuilder<ContainerResource> server,
        Dictionary<string, IResourceBuilder<ParameterResource>> secretIds
    )
    {
        var prepare = AddImage(builder, "vault-prepare")
            .WithEntrypoint("/opt/saas/develop.sh")
            .WithArgs(run.Model.Installation)
            .WithEnvironment("VAULT_ADDR", server.GetEndpoint("http"))
            .WithEnvironment("SAAS_VAULT_FOLDER", "/vault/keys")
            .WaitFor(server);
        foreach (var (role, secretId) in secretIds)
        {
            prepare.WithEnvironment($"SECRET_ID_{role.ToUpperInvariant()}", secretId);
        }

        if (run.Model.Vault is VaultMode.Server)
        {
            return prepare.WithVolume("saas-vault-keys", "/vault/keys");
        }

        var token = builder.AddSecret("vault-root-token", run);
        server.WithEnvironment("VAULT_DEV_ROOT_TOKEN_ID", token).WithEnvironment("VAULT_DEV_LISTEN_ADDRESS", "0.0.0.0:8200");
        return prepare.WithEnvironment("VAULT_TOKEN", token);
    }

    private static IResourceBuilder<ContainerResource> AddImage(IDistributedApplicationBuilder builder, string name) =>
        builder.AddDockerfile(name, "../vault").WithBuildArg("VAULT_VERSION", VaultTag);

    private sealed record Vault(
        AppModelOptions Options,
        ReferenceExpression Address,
        IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> SecretIds,
        IResourceBuilder<ContainerResource>? Prepare
    ) : Encryption
    {
        public override void Configure(IResourceBuilder<ProjectResource> host, string role)
        {
            if (Prepare is not null)
            {
                host.WaitForCompletion(Prepare);
            }

            if (Options.SecretsAreInVault)
            {
                host.WithEnvironment("Secrets__Source", "vault").WithEnvironment("Secrets__Environment", Options.Installation);
            }

            host.WithEnvironment("Encryption__Provider", "vault")
                .WithEnvironment("Vault__Address", Address)
                .WithEnvironment("Vault__TransitMount", $"transit-{Options.Installation}")
                .WithEnvironment("Vault__RoleId", $"saas-{role}-{Options.Installation}")
                .WithEnvironment("Vault__SecretId", SecretIds[role]);
        }
    }

    private sealed record KeyRing(IResourceBuilder<ParameterResource> MasterKey) : Encryption
    {
        public override void Configure(IResourceBuilder<ProjectResource> host, string role) =>
            host.WithEnvironment("Encryption__Provider", "keyring")
                .WithEnvironment("Encryption__MasterKey", ReferenceExpression.Create($"{MasterKey}=")); // 43 characters and "=": 32 bytes
    }
}

internal static class EncryptionExtensions
{
    /// <summary>Adds the encryption provider to a host, with the credentials of the role.</summary>
    public static IResourceBuilder<ProjectResource> WithEncryption(
        this IResourceBuilder<ProjectResource> host,
        Encryption encryption,
        string role
    )
    {
        encryption.Configure(host, role);
        return host;
    }
}
