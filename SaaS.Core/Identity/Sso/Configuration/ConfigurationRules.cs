using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// A directory of Microsoft Entra ID: its GUID or one of its domains. <c>common</c> and the like are rejected, because they accept every
/// directory.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class DirectoryAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = 3,
            MaxLength = EmailDomain.MaxLength,
            Pattern =
                @"^\s*(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)\s*$",
            PatternExpected = "Must be the directory's id, a GUID, or one of its domains, such as contoso.onmicrosoft.com.",
        };
}

/// <summary>The id of an application in a directory.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ClientIdAttribute : FieldRuleAttribute
{
    private const int MaxTextLength = 255;

    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = 1,
            MaxLength = MaxTextLength,
            Pattern = @"^\s*[^\s\u0000-\u001F\u007F-\u009F]+\s*$",
            PatternExpected = "Must have 1 to 255 characters and no spaces.",
        };
}

/// <summary>A client secret.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class ClientSecretAttribute : FieldRuleAttribute
{
    private const int MaxTextLength = 500;

    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = 1,
            MaxLength = MaxTextLength,
            Pattern = OneLineAttribute.Pattern,
            PatternExpected = "Must have 1 to 500 characters.",
            Format = "password",
        };
}
