using Microsoft.Extensions.Configuration;

namespace SaaS.AppHost.Containers;

/// <summary>
/// What can be chosen of the drawing, from the AppHost's own configuration: environment variables (<c>Vault__Mode=server</c>) or
/// arguments (<c>--Vault:Mode=server</c>). What the hosts are told is another matter: those are parameters.
/// </summary>
internal sealed record DrawingOptions
{
    /// <summary><c>Vault:Mode</c>: where Vault comes from. While running <see cref="VaultMode.Development"/>, when publishing <see cref="VaultMode.Server"/>.</summary>
    public required VaultMode Vault { get; init; }

    /// <summary><c>Installation</c>: the name in Vault's paths and roles, in small letters, digits and hyphens; <c>dev</c> while running, <c>prod</c> when publishing.</summary>
    public required string Installation { get; init; }

    /// <summary><c>Secrets:Source=vault</c>: the hosts read their own secrets from Vault, where they have been put already, before what they are told here.</summary>
    public bool SecretsAreInVault { get; private init; }

    /// <summary><c>Mail:Catcher</c>: a mail server that shows every mail and sends none, instead of a folder of mails; while running only.</summary>
    public bool CatchesMail { get; private init; }

    /// <summary><c>Images:MinioRegistry</c>: Docker Hub has lost MinIO's images.</summary>
    public required string MinioRegistry { get; init; }

    /// <summary><c>Images:Minio</c>, with its tag.</summary>
    public required string MinioImage { get; init; }

    /// <summary><c>Replicas:Api</c>, from 1.</summary>
    public int ApiReplicas { get; private init; }

    /// <summary><c>Replicas:Worker</c>, from 1.</summary>
    public int WorkerReplicas { get; private init; }

    /// <summary><c>Deploy:Engines=managed</c>: publish the engines as connection strings, for a cloud that runs them, and not as containers.</summary>
    public bool EnginesAreManaged { get; private init; }

    /// <summary><c>Deploy:Target</c>: what else is published beside the manifest.</summary>
    public DeployTarget Target { get; private init; }

    /// <exception cref="InvalidOperationException">A value is none of those that there are; the message names the key.</exception>
    public static DrawingOptions Of(IDistributedApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var isPublished = builder.ExecutionContext.IsPublishMode;
        return new DrawingOptions
        {
            Vault = configuration.GetValue("Vault:Mode", isPublished ? VaultMode.Server : VaultMode.Development),
            Installation = configuration["Installation"] ?? (isPublished ? "prod" : "dev"),
            SecretsAreInVault = OneOf("Secrets:Source", usual: "environment", "vault"),
            CatchesMail = !isPublished && configuration.GetValue("Mail:Catcher", false),
            MinioRegistry = configuration["Images:MinioRegistry"] ?? "quay.io",
            MinioImage = configuration["Images:Minio"] ?? "minio/minio:RELEASE.2025-09-07T16-13-09Z",
            ApiReplicas = configuration.GetValue("Replicas:Api", 2),
            WorkerReplicas = configuration.GetValue("Replicas:Worker", 2),
            EnginesAreManaged = isPublished && OneOf("Deploy:Engines", usual: "containers", "managed"),
            Target = configuration.GetValue("Deploy:Target", DeployTarget.Manifest),
        };

        bool OneOf(string key, string usual, string other) => configuration[key] is { } chosen && chosen != usual
            && (chosen == other ? true : throw new InvalidOperationException($"{key} must be {usual} or {other}, not {chosen}."));
    }
}
