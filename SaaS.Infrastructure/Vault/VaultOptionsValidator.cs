using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Vault;

/// <summary>Validates <see cref="VaultOptions"/>; each failure is a sentence that names the setting.</summary>
internal sealed partial class VaultOptionsValidator(IHostEnvironment environment) : IValidateOptions<VaultOptions>
{
    private static readonly (TimeSpan Least, TimeSpan Most) Timeouts = (TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(1));

    public ValidateOptionsResult Validate(string? name, VaultOptions options)
    {
        var failures = FailuresOf(options);
        return failures.Count is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    public IReadOnlyList<string> FailuresOf(VaultOptions options) =>
        [.. ValidateServer(options), .. ValidateLogin(options), .. ValidateMounts(options)];

    private IEnumerable<string> ValidateServer(VaultOptions options)
    {
        if (
            options.Address is not { IsAbsoluteUri: true, PathAndQuery: "/", Fragment: "", UserInfo: "" } address
            || !(address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        )
        {
            yield return "Vault:Address must be https://host:port, without a path.";
        }
        else if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && !environment.IsDevelopment())
        {
            yield return "Vault:Address must be https outside Development: tokens and keys' plaintexts would cross the network in the clear.";
        }

        if (!string.IsNullOrEmpty(options.CaFile) && !HasCertificates(options.CaFile))
        {
            yield return "Vault:CaFile must be a readable file with certificates in PEM.";
        }

        if (options.Timeout < Timeouts.Least || options.Timeout > Timeouts.Most)
        {
            yield return $"Vault:Timeout must be between {Timeouts.Least:c} and {Timeouts.Most:c}.";
        }
    }

    private static IEnumerable<string> ValidateLogin(VaultOptions options)
    {
        if (string.IsNullOrEmpty(options.RoleId))
        {
            yield return "Vault:RoleId is not set.";
        }

        if (string.IsNullOrEmpty(options.SecretId) == string.IsNullOrEmpty(options.SecretIdFile))
        {
            yield return "One of Vault:SecretId and Vault:SecretIdFile must be set, and not both.";
        }
        else if (options.SecretIdFile is { Length: > 0 } file && !File.Exists(file))
        {
            yield return "Vault:SecretIdFile must be a readable file.";
        }
    }

    private static IEnumerable<string> ValidateMounts(VaultOptions options) =>
        new[] { (nameof(options.AppRoleMount), options.AppRoleMount), (nameof(options.TransitMount), options.TransitMount) }
            .Where(mount => !MountPath().IsMatch(mount.Item2))
            .Select(mount => $"Vault:{mount.Item1} must be the path of a mount, such as transit, without a slash at either end.");

    private static bool HasCertificates(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\z")]
    private static partial Regex MountPath();
}
