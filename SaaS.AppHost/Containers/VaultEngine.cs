namespace SaaS.AppHost.Containers;

/// <summary>
/// What seals the secrets of tenants, and how a host signs in to it. The container that prepares Vault (<c>vault/develop.sh</c>) makes the
/// AppRoles of this installation with the secret ids that are parameters here, so that both sides know them.
/// </summary>
internal abstract record VaultEngine
{
    private const string Tag = "1.20";
    private static readonly string[] Roles = ["api", "worker", "scheduler", "migrate"];

    public static VaultEngine Add(IDistributedApplicationBuilder builder, DrawingOptions options)
    {
        if (options.Vault is VaultMode.None)
        {
            return options.SecretsAreInVault
                ? throw new InvalidOperationException("Secrets:Source=vault needs a Vault, and Vault:Mode is none.")
                : new KeyRing(builder.AddSecret("encryption-master-key", length: 43));
        }

        var secretIds = Roles.ToDictionary(role => role, role => builder.AddSecret($"vault-{role}-secret-id"));
        var server = options.Vault switch
        {
            VaultMode.Development => AddServer(builder.AddContainer("vault", "hashicorp/vault", Tag)),
            VaultMode.Server => AddServer(AddImage(builder, "vault")).WithArgs("server").WithVolume("saas-vault-data", "/vault/file"),
            _ => null,
        };
        var prepare = server is null ? null : AddPrepare(builder, options, server, secretIds);

        // Outside Development a host speaks to no Vault without TLS: what is published needs some before the container.
        var address = server is not null && builder.ExecutionContext.IsRunMode
            ? ReferenceExpression.Create($"{server.GetEndpoint("http")}")
            : ReferenceExpression.Create($"{builder.AddParameter("vault-address")}");
        return new Transit(options, address, secretIds, prepare);
    }

    /// <summary>Tells a host what it seals with, and as whom.</summary>
    public abstract IResourceBuilder<ProjectResource> OpenTo(IResourceBuilder<ProjectResource> host, string role);

    private static IResourceBuilder<ContainerResource> AddServer(IResourceBuilder<ContainerResource> server) => server
        .WithHttpEndpoint(targetPort: 8200, name: "http")
        .WithContainerRuntimeArgs("--cap-add=IPC_LOCK") // secrets must not reach the swap
        .WithLifetime(ContainerLifetime.Persistent)
        .WithHttpHealthCheck("/v1/sys/health?standbyok=true&uninitcode=200&sealedcode=200")
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/ui", DisplayText = "Vault" });

    private static IResourceBuilder<ContainerResource> AddPrepare(
        IDistributedApplicationBuilder builder, DrawingOptions options, IResourceBuilder<ContainerResource> server, Dictionary<string, IResourceBuilder<ParameterResource>> secretIds)
    {
        var prepare = AddImage(builder, "vault-prepare")
            .WithEntrypoint("/opt/saas/develop.sh")
            .WithArgs(options.Installation)
            .WithEnvironment("VAULT_ADDR", server.GetEndpoint("http"))
            .WithEnvironment("SAAS_VAULT_FOLDER", "/vault/keys")
            .WaitFor(server);
        foreach (var (role, secretId) in secretIds)
        {
            prepare.WithEnvironment($"SECRET_ID_{role.ToUpperInvariant()}", secretId);
        }

        if (options.Vault is VaultMode.Server)
        {
            return prepare.WithVolume("saas-vault-keys", "/vault/keys");
        }

        var token = builder.AddSecret("vault-root-token");
        server.WithEnvironment("VAULT_DEV_ROOT_TOKEN_ID", token).WithEnvironment("VAULT_DEV_LISTEN_ADDRESS", "0.0.0.0:8200");
        return prepare.WithEnvironment("VAULT_TOKEN", token);
    }

    private static IResourceBuilder<ContainerResource> AddImage(IDistributedApplicationBuilder builder, string name) =>
        builder.AddDockerfile(name, "../vault").WithBuildArg("VAULT_VERSION", Tag);

    private sealed record Transit(
        DrawingOptions Options, ReferenceExpression Address, IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> SecretIds, IResourceBuilder<ContainerResource>? Prepare) : VaultEngine
    {
        public override IResourceBuilder<ProjectResource> OpenTo(IResourceBuilder<ProjectResource> host, string role)
        {
            if (Prepare is not null)
            {
                host.WaitForCompletion(Prepare);
            }

            if (Options.SecretsAreInVault)
            {
                host.WithEnvironment("Secrets__Source", "vault").WithEnvironment("Secrets__Environment", Options.Installation);
            }

            return host
                .WithEnvironment("Encryption__Provider", "vault")
                .WithEnvironment("Vault__Address", Address)
                .WithEnvironment("Vault__TransitMount", $"transit-{Options.Installation}")
                .WithEnvironment("Vault__RoleId", $"saas-{role}-{Options.Installation}")
                .WithEnvironment("Vault__SecretId", SecretIds[role]);
        }
    }

    private sealed record KeyRing(IResourceBuilder<ParameterResource> MasterKey) : VaultEngine
    {
        public override IResourceBuilder<ProjectResource> OpenTo(IResourceBuilder<ProjectResource> host, string role) => host
            .WithEnvironment("Encryption__Provider", "keyring")
            .WithEnvironment("Encryption__MasterKey", ReferenceExpression.Create($"{MasterKey}=")); // 43 characters and "=": the base64 of 32 bytes
    }
}
