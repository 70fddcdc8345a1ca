using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Sso;

/// <summary>A directory of Microsoft Entra ID: its GUID, or one of its domains. <c>common</c> and the like stand for everybody's, and are none.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class DirectoryAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string directory && !Guid.TryParseExact(directory.Trim(), "D", out _) && (directory.Contains('@', StringComparison.Ordinal) || EmailDomains.Read(directory) is null)
            ? new ValidationResult("Must be the directory's id, a GUID, or one of its domains, such as contoso.onmicrosoft.com.")
            : ValidationResult.Success;
}

/// <summary>The id of an application in a directory.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ClientIdAttribute : ValidationAttribute
{
    private const int MaxLength = 255;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string id && (id.Trim().Length is 0 or > MaxLength || id.Trim().Any(character => char.IsWhiteSpace(character) || char.IsControl(character)))
            ? new ValidationResult($"Must have 1 to {MaxLength} characters and no spaces.")
            : ValidationResult.Success;
}

/// <summary>A client secret.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ClientSecretAttribute : ValidationAttribute
{
    private const int MaxLength = 500;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string secret && (secret.Length is 0 or > MaxLength || secret.Any(char.IsControl) || string.IsNullOrWhiteSpace(secret))
            ? new ValidationResult($"Must have 1 to {MaxLength} characters.")
            : ValidationResult.Success;
}
