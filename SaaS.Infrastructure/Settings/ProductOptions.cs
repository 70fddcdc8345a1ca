using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Settings;

/// <summary>Settings of the product as people see it.</summary>
public sealed class ProductOptions
{
    public const string Section = "Product";

    /// <summary>The name in pages, mails, the API reference and authenticator apps.</summary>
    [Required(AllowEmptyStrings = false), MaxLength(60)]
    public string Name { get; init; } = "SaaS Platform";
}
