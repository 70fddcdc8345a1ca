using Microsoft.Extensions.Configuration;
using SaaS.AppHost.Resources;
using SaaS.LocalServices;

namespace SaaS.AppHost;

/// <summary>
/// Options of the app model from the AppHost's configuration: environment variables (<c>Vault__Mode=server</c>) or arguments
/// (<c>--Vault:Mode=server</c>). Settings of the hosts are parameters instead.
/// </summary>
internal sealed record AppModelOptions
{
    // Sections of Aspire and .NET: any other unknown section is rejected, so that a misspelt key is not ignored.
    private static readonly string[] ForeignSections =
    [
        "Parameters",
        "ConnectionStrings",
        "DcpPublisher",
        "AppHost",
        "Logging",
        "Dashboard",
    ];

    private static readonly string[] Keys =
    [
        "Vault:Mode",
        "Installation",
        "Secrets:Source",
        "Mail:Catcher",
        "Images:MinioRegistry",
        "Images:Minio",
        "Deploy:Services",
    ];

    /// <summary>
    /// <c>Vault:Mode</c>: the Vault to use. Defaults to <see cref="VaultMode.Development"/> in run mode and to
    /// <see cref="VaultMode.Server"/> in publish mode.
    /// </summary>
    public required VaultMode Vault { get; init; }

    /// <summary>
    /// <c>Installation</c>: the name in Vault's paths and roles, in lowercase letters, digits and hyphens. Defaults to <c>dev</c> in run
    /// mode and to <c>prod</c> in publish mode.
    /// </summary>
    public required string Installation { get; init; }

    /// <summary>
    /// <c>Secrets:Source=vault</c>: the hosts read their own secrets from Vault, where they must exist already, instead of from these
    /// parameters.
    /// </summary>
    public bool SecretsAreInVault { get; private init; }

    /// <summary>
    /// <c>Mail:Catcher</c>: adds a mail server that shows every mail and sends none, instead of the mail folder; in run mode only.
    /// </summary>
    public bool CatchesMail { get; private init; }

    /// <summary><c>Images:MinioRegistry</c>: the registry of the MinIO image, because Docker Hub no longer has it.</summary>
    public required string MinioRegistry { get; init; }

    /// <summary><c>Images:Minio</c>: the MinIO image with its tag.</summary>
    public required string MinioImage { get; init; }

    /// <summary><c>Deploy:Services=managed</c>: publishes connection strings of managed cloud services instead of containers.</summary>
    public bool ServicesAreManaged { get; private init; }

    /// <exception cref="LocalServiceException">A key or a value is unknown; the message names the key and the allowed values.</exception>
    public static AppModelOptions From(IConfiguration configuration, IReadOnlyList<string> arguments, bool isPublish)
    {
        ValidateKeys(arguments);
        return new AppModelOptions
        {
            Vault = ReadChoice("Vault:Mode", isPublish ? VaultMode.Server : VaultMode.Development, Enum.GetValues<VaultMode>()),
            Installation = configuration["Installation"] ?? (isPublish ? "prod" : "dev"),
            SecretsAreInVault = ReadChoice("Secrets:Source", "environment", ["environment", "vault"]) == "vault",
            CatchesMail = !isPublish && ReadChoice("Mail:Catcher", "false", ["false", "true"]) == "true",
            MinioRegistry = configuration["Images:MinioRegistry"] ?? "quay.io",
            MinioImage = configuration["Images:Minio"] ?? "minio/minio:RELEASE.2025-09-07T16-13-09Z",
            ServicesAreManaged = isPublish && ReadChoice("Deploy:Services", "containers", ["containers", "managed"]) == "managed",
        };

        T ReadChoice<T>(string key, T defaultValue, T[] choices)
            where T : notnull =>
            configuration[key] is not { } chosen ? defaultValue
            : Array.Find(choices, choice => string.Equals(choice.ToString(), chosen, StringComparison.OrdinalIgnoreCase)) is { } known
            && string.Equals(known.ToString(), chosen, StringComparison.OrdinalIgnoreCase)
                ? known
            : throw new LocalServiceException(
                $"{key} is {chosen}, and must be one of "
                    + $"{string.Join(", ", choices.Select(choice => choice.ToString()!.ToLowerInvariant()))}."
            );
    }

    private static void ValidateKeys(IReadOnlyList<string> arguments)
    {
        var keys = arguments
            .Select(argument => argument.TrimStart('-').Split('=')[0])
            .Where(key => key.Contains(':', StringComparison.Ordinal));
        foreach (var key in keys)
        {
            if (
                !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
                && !ForeignSections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase)
            )
            {
                throw new LocalServiceException($"Unknown key --{key}. The keys are {string.Join(", ", Keys)}; --help lists the options.");
            }
        }
    }
}
