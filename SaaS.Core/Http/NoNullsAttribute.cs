using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Http;

/// <summary>Rejects null items of a list, which deserialization does not check.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NoNullsAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable items && items.Cast<object?>().Contains(null)
            ? new ValidationResult("Must not contain null.")
            : ValidationResult.Success;
}
