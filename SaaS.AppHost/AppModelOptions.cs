using Microsoft.Extensions.Configuration;
using SaaS.AppHost.Resources;
using SaaS.LocalServices;

namespace SaaS.AppHost;

/// <summary>
/// The choices in the app model beside the command line, from the AppHost's own configuration: environment variables
/// (<c>Vault__Mode=server</c>) or arguments (<c>--Vault:Mode=server</c>). The hosts' settings are parameters, not these.
/// </summary>
internal sealed record AppModelOptions
{
    // With a section of its own a misspelt key would be taken for nothing; these sections are Aspire's and .NET's.
    private static readonly string[] ForeignSections =
        ["Parameters", "ConnectionStrings", "DcpPublisher", "AppHost", "Logging", "Dashboard"];

    private static readonly string[] Keys =
        ["Vault:Mode", "Installation", "Secrets:Source", "Mail:Catcher", "Images:MinioRegistry", "Images:Minio", "Deploy:Services"];

    /// <summary>
    /// <c>Vault:Mode</c>: the Vault to use. <see cref="VaultMode.Development"/> while running, <see cref="VaultMode.Server"/> when
    /// publishing.
    /// </summary>
    public required VaultMode Vault { get; init; }

    /// <summary>
    /// <c>Installation</c>: the name in Vault's paths and roles, in small letters, digits and hyphens; <c>dev</c> while running,
    /// <c>prod</c> when publishing.
    /// </summary>
    public required string Installation { get; init; }

    /// <summary>
    /// <c>Secrets:Source=vault</c>: the hosts read their own secrets from Vault, where they were stored before, in preference to
    /// these parameters.
    /// </summary>
    public bool SecretsAreInVault { get; private init; }

    /// <summary>
    /// <c>Mail:Catcher</c>: a mail server that shows every mail and sends none, instead of a folder of mails; while running only.
    /// </summary>
    public bool CatchesMail { get; private init; }

    /// <summary><c>Images:MinioRegistry</c>: MinIO's images are gone from Docker Hub.</summary>
    public required string MinioRegistry { get; init; }

    /// <summary><c>Images:Minio</c>, with its tag.</summary>
    public required string MinioImage { get; init; }

    /// <summary><c>Deploy:Services=managed</c>: publishes the backing services as connection strings, for a cloud that runs them.</summary>
    public bool ServicesAreManaged { get; private init; }

    /// <exception cref="LocalServiceException">A key or a value is unknown; the message names the key and the choices.</exception>
    public static AppModelOptions From(IConfiguration configuration, IReadOnlyList<string> arguments, bool isPublish)
    {
        CheckKeys(arguments);
        return new AppModelOptions
        {
            Vault = Choice("Vault:Mode", isPublish ? VaultMode.Server : VaultMode.Development, Enum.GetValues<VaultMode>()),
            Installation = configuration["Installation"] ?? (isPublish ? "prod" : "dev"),
            SecretsAreInVault = Choice("Secrets:Source", "environment", ["environment", "vault"]) == "vault",
            CatchesMail = !isPublish && Choice("Mail:Catcher", "false", ["false", "true"]) == "true",
            MinioRegistry = configuration["Images:MinioRegistry"] ?? "quay.io",
            MinioImage = configuration["Images:Minio"] ?? "minio/minio:RELEASE.2025-09-07T16-13-09Z",
            ServicesAreManaged = isPublish && Choice("Deploy:Services", "containers", ["containers", "managed"]) == "managed",
        };

        T Choice<T>(string key, T usual, T[] choices)
            where T : notnull =>
            configuration[key] is not { } chosen ? usual
            : Array.Find(choices, choice => string.Equals(choice.ToString(), chosen, StringComparison.OrdinalIgnoreCase)) is { } known
                && string.Equals(known.ToString(), chosen, StringComparison.OrdinalIgnoreCase) ? known
            : throw new LocalServiceException(
                $"{key} is {chosen}, and must be one of "
                + $"{string.Join(", ", choices.Select(choice => choice.ToString()!.ToLowerInvariant()))}.");
    }

    private static void CheckKeys(IReadOnlyList<string> arguments)
    {
        var keys = arguments
            .Select(argument => argument.TrimStart('-').Split('=')[0])
            .Where(key => key.Contains(':', StringComparison.Ordinal));
        foreach (var key in keys)
        {
            if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
                && !ForeignSections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase))
            {
                throw new LocalServiceException($"Unknown key --{key}. The keys are {string.Join(", ", Keys)}; --help lists the options.");
            }
        }
    }
}
