using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Http;

/// <summary>A list in which nothing is null: the reader of JSON looks at fields, not at what lists hold.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NoNullsAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable items && items.Cast<object?>().Contains(null) ? new ValidationResult("Must not contain null.") : ValidationResult.Success;
}
